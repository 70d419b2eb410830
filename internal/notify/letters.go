package notify

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/owed"
)

// letters makes a notice by mail, for each receiver.
func (o *Occasion) letters(m *jobs.Mail, id string) ([]owed.Message, error) {
	letter, err := mail.Write(m.To, o.Job.Name+o.happened(), note.New(o.preset()))
	if err != nil {
		return nil, err
	}
	var made []owed.Message
	for i, to := range message.Mails(m) {
		one, err := message.SealLetter(owed.Message{
			ID: fmt.Sprintf("%s.%d", id, i+1), Kind: string(o.Event), Target: to.Target(), Receiver: mailReceiver(to),
		}, to, letter)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// mailReceiver names a receiver, the same from run to run.
func mailReceiver(m message.Mail) string { return "mail " + strings.ToLower(m.Target()) }
