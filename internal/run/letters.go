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
	maxWhere     = 400     // bytes of a line that says where one is
	letterText   = 1 << 18 // bytes that are kept free for what isn't attached
	maxAttached  = 20      // files: mail programs show more badly
	maxElsewhere = 50
)

// write makes a letter to each receiver of an output.
func (e *publisher) write(ctx context.Context, output int, also told, due *bill) error {
	out := &e.Job.Outputs[output]
	in, err := e.worded(ctx, out, also)
	if err != nil {
		return err
	}
	// As base64 three bytes are four, and each receiver has a letter of its own.
	room := int64(maxOwedBytes-due.size)/int64(len(out.Mail.To))*3/4 - letterText
	files, where := e.enclose(also.files, out.Mail.MaxAttachment, room)
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
		if err := due.add(m); err != nil {
			return err
		}
	}
	return nil
}

// enclose picks what is attached, as far as it fits together, and says of each file
// where it is. most is what the job attaches at all, room what there is room for.
func (e *publisher) enclose(files []target.Published, most, room int64) (enclosed []mail.File, where []note.List) {
	attached, elsewhere := note.List{Head: "Attached"}, note.List{Head: "Not attached"}
	if most == 0 {
		elsewhere.Head = "Files"
	}
	names := map[string]bool{}
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
			kept.Name = distinct(names, f.Path)
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
