package message

import (
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/owed"
)

// sealed is the body of a message in the ledger: its text and its receiver.
type sealed struct {
	Hook *Hook          `json:"hook,omitempty"`
	Mail *Mail          `json:"mail,omitempty"`
	Body jsontext.Value `json:"body"`
}

// Seal puts a text, which is JSON, and its receiver into a message.
func Seal(m owed.Message, hook Hook, text []byte) (owed.Message, error) {
	return seal(m, struct {
		Hook Hook            `json:"hook"`
		Body json.RawMessage `json:"body"`
	}{hook, json.RawMessage(text)})
}

// SealLetter puts a letter and its receiver into a message.
func SealLetter(m owed.Message, to Mail, l mail.Letter) (owed.Message, error) {
	return seal(m, struct {
		Mail Mail        `json:"mail"`
		Body mail.Letter `json:"body"`
	}{to, l})
}

func seal(m owed.Message, both any) (owed.Message, error) {
	var err error
	if m.Body, err = json.Marshal(both); err != nil {
		return m, fmt.Errorf("encode the message to %s: %w", m.Target, err)
	}
	return m, nil
}

// Shown gives a message's text for people, without needless escapes.
func Shown(m owed.Message) string {
	var s sealed
	if err := json.Unmarshal(m.Body, &s); err != nil {
		return ""
	}
	if s.Mail != nil {
		return shownLetter(s.Body)
	}
	if err := s.Body.Format(jsontext.PreserveRawStrings(false)); err != nil {
		return ""
	}
	return string(s.Body)
}

// shownLetter is a letter without its files and its markup.
func shownLetter(stored []byte) string {
	var l mail.Letter
	if err := json.Unmarshal(stored, &l); err != nil {
		return ""
	}
	return l.Subject + "\n\n" + l.Text
}
