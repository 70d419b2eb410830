package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"time"

	"speckle-runner/internal/output/mail/mailtest"
)

// letter makes a fact of a mail: who it came from is in its id, and what it tells in the
// files that are attached. What a try of its own changes is left out of its body.
func letter(l mailtest.Letter, at time.Time) (arrival, error) {
	m, err := mail.ReadMessage(strings.NewReader(l.Data))
	if err != nil {
		return arrival{}, err
	}
	id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-Id"), "<>"), "@")
	run, rest, _ := strings.Cut(id, ".")
	parts := strings.Split(rest, ".")
	a := arrival{ID: id, Run: run, Signed: true, Taken: true, At: at}
	if _, err := fmt.Sscan(parts[len(parts)-1], &a.Batch); err != nil {
		return a, fmt.Errorf("the id of a letter, %q: %w", id, err)
	}
	if at := strings.LastIndex(run, "-"); at >= 0 {
		a.Job = run[:at]
	}
	a.Body = l.To + "\n" + m.Header.Get("Subject") + "\n"
	return a, a.read(m.Header.Get("Content-Type"), m.Body)
}

// read goes through the parts of a letter.
func (a *arrival) read(kind string, body io.Reader) error {
	_, values, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	for r := multipart.NewReader(body, values["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		kind := p.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			if err := a.read(kind, p); err != nil {
				return err
			}
			continue
		}
		content, err := io.ReadAll(plain(p))
		if err != nil {
			return err
		}
		a.Body += p.FileName() + "\n" + string(content) + "\n" + string(unpacked(content))
		if p.FileName() == "" {
			continue
		}
		if a.Rows, err = parse(p.FileName(), content); err != nil {
			return fmt.Errorf("%s, attached to %s: %w", p.FileName(), a.ID, err)
		}
	}
}

// plain is a part as it is read: of the ways in which it may have been written, the reader
// of parts knows all but this.
func plain(p *multipart.Part) io.Reader {
	if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "base64") {
		return base64.NewDecoder(base64.StdEncoding, p)
	}
	return p
}
