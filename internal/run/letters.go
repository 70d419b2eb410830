package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/message"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/said"
)

// Bounds on what a letter says of files.
const (
	maxWhere     = 400     // bytes of a line that says where a file is
	letterText   = 1 << 18 // bytes that are kept free for the text
	maxAttached  = 20      // files: mail programs show more of them badly
	maxElsewhere = 50      // files that are named and not attached
)

// makeLetters makes a letter to each receiver of an output.
func (e *publisher) makeLetters(ctx context.Context, output int, with beside, box *outbox) error {
	out := &e.Job.Outputs[output]
	in, err := e.noteInput(ctx, out, with)
	if err != nil {
		return err
	}
	// Base64 makes four bytes of three, and each receiver has a letter of its own.
	room := int64(maxOwedBytes-box.size)/int64(len(out.Mail.To))*3/4 - letterText
	files, where := e.pickAttachments(with.files, out.Mail.MaxAttachment, room)
	in.Where = where
	n := note.New(in)
	letter, err := mail.Write(out.Mail.To, e.Job.Name+": "+n.Brief, n)
	if err != nil {
		return err
	}
	letter.Files = files
	for i, to := range message.Mails(out.Mail) {
		m, err := message.SealLetter(e.message(output, i+1, to.Target()), to, letter)
		if err != nil {
			return err
		}
		if err := box.add(m); err != nil {
			return err
		}
	}
	return nil
}

// pickAttachments picks the files that are attached, in order, as far as they fit, and
// says of each file where it is. most is the output's own bound, room that of the run.
func (e *publisher) pickAttachments(files []target.Published, most, room int64) (enclosed []mail.File, where []note.List) {
	attached, elsewhere := note.List{Head: "Attached"}, note.List{Head: "Not attached"}
	if most == 0 {
		elsewhere.Head = "Files"
	}
	names := attachmentNames(files)
	room = min(room, most)
	for _, f := range files {
		line := said.LineWithin(f.Path, maxWhere) + " (" + note.Size(f.Bytes) + ")"
		kept, why := e.attached.get(f.Path)
		switch {
		case why == "" && int64(len(kept.Data)) > room:
			why = tooLarge
		case why == "" && len(enclosed) == maxAttached:
			why = "enough are attached"
		}
		if why == "" {
			room -= int64(len(kept.Data))
			kept.Name = names[f.Path]
			enclosed = append(enclosed, kept)
			attached.Lines = append(attached.Lines, line)
			continue
		}
		line = said.LineWithin(e.runner.PlaceOf(f.Path).Where(f.Path), maxWhere) + " (" + note.Size(f.Bytes) + ")"
		if most > 0 {
			line += ": " + why
		}
		elsewhere.Lines = append(elsewhere.Lines, line)
	}
	if more := len(elsewhere.Lines) - maxElsewhere; more > 0 {
		elsewhere.Lines = append(elsewhere.Lines[:maxElsewhere], fmt.Sprintf("… and %d more", more))
	}
	where = []note.List{}
	for _, l := range []note.List{attached, elsewhere} {
		if l.Lines != nil {
			where = append(where, l)
		}
	}
	return enclosed, where
}
