package run

import (
	"bytes"
	"context"
	"io"
	"path"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/target"
)

// attachments keeps the bytes of files while they are written, to be attached to mail,
// up to the most that any mail of the job attaches.
type attachments struct {
	most  int64 // bytes of all files together
	held  int64 // bytes so far
	files map[string]mail.File
	large map[string]bool // files that didn't fit
}

// newAttachments keeps nothing for a job that attaches nothing.
func newAttachments(job *jobs.Job) *attachments {
	a := &attachments{files: map[string]mail.File{}, large: map[string]bool{}}
	for i := range job.Outputs {
		if m := job.Outputs[i].Mail; m != nil {
			a.most = max(a.most, m.MaxAttachment)
		}
	}
	return a
}

// encode writes a file, and keeps it where it is small enough.
func (a *attachments) encode(ctx context.Context, to io.Writer, path string, x export, shape format.Options) error {
	if a.most == 0 {
		return format.Encode(ctx, to, x.out.Format, x.records, shape)
	}
	kept := &copied{to: to, room: a.most - a.held}
	if err := format.Encode(ctx, kept, x.out.Format, x.records, shape); err != nil {
		return err
	}
	if kept.over {
		a.large[path] = true
		return nil
	}
	a.held += int64(kept.buf.Len())
	a.files[path] = mail.File{Type: x.out.Format.ContentType(), Data: kept.buf.Bytes()}
	return nil
}

// tooLarge says why a file isn't attached.
const tooLarge = "too large for this mail"

// get gives a file, or says why it isn't there.
func (a *attachments) get(path string) (f mail.File, why string) {
	f, kept := a.files[path]
	switch {
	case kept:
		return f, ""
	case a.large[path]:
		return f, tooLarge
	}
	return f, "a file that grows isn't attached"
}

// copied is a writer that keeps what passes through it while that fits in room.
type copied struct {
	to   io.Writer
	room int64
	buf  bytes.Buffer
	over bool
}

// Write writes, and keeps what was written.
func (c *copied) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	switch {
	case c.over:
	case int64(c.buf.Len()+n) > c.room:
		c.over, c.buf = true, bytes.Buffer{}
	default:
		c.buf.Write(p[:n])
	}
	return n, err
}

// attachmentNames gives, by their paths, the names of attached files: the last part of a
// path, or the whole path where that part is another file's, too.
func attachmentNames(files []target.Published) map[string]string {
	last, times := map[string]string{}, map[string]int{}
	for _, f := range files {
		file, _ := address.Split(f.Path)
		last[f.Path] = path.Base(file)
		times[path.Base(file)]++
	}
	for at, name := range last {
		if times[name] > 1 {
			file, _ := address.Split(at)
			last[at] = strings.ReplaceAll(file, "/", "-")
		}
	}
	return last
}
