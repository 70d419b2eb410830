package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"speckle-runner/internal/output/mail/mailtest"
)

// mailserver: an SMTP server for the script, whose port is $SMTP_PORT.
// mailserver refuse ADDRESS CODE, mailserver answer CODE…, mailserver break yes|no:
// what it answers from now on.
func serveMail(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 {
		w.mail = &mailtest.Server{}
		ts.Check(w.mail.Start())
		ts.Defer(func() { _ = w.mail.Close() })
		ts.Setenv("SMTP_PORT", strconv.Itoa(w.mail.Port()))
		return
	}
	switch args[0] {
	case "refuse":
		w.mail.Refuse(args[1], number(ts, args[2]))
	case "answer":
		var codes []int
		for _, code := range args[1:] {
			codes = append(codes, number(ts, code))
		}
		w.mail.Answer(codes...)
	case "break":
		w.mail.BreakOff(map[string]mailtest.Break{"yes": mailtest.AfterYes, "unsaid": mailtest.BeforeYes, "no": mailtest.Nowhere}[args[1]])
	default:
		ts.Fatalf("mailserver: unknown %s", args[0])
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// mails FILE [N]: writes the letters that came since the last time, by receiver, as
// a person sees them; with N it waits for so many, which another process sends.
func printMails(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	letters := w.mail.Take()
	if len(args) > 1 {
		want := number(ts, args[1])
		poll := time.NewTicker(5 * time.Millisecond)
		defer poll.Stop()
		for range polls {
			if len(letters) >= want {
				break
			}
			<-poll.C
			letters = append(letters, w.mail.Take()...)
		}
	}
	slices.SortStableFunc(letters, func(a, b mailtest.Letter) int { return strings.Compare(a.To, b.To) })
	var text strings.Builder
	for _, l := range letters {
		m, err := mail.ReadMessage(strings.NewReader(l.Data))
		ts.Check(err)
		fmt.Fprintf(&text, "=== to %s\n", l.To)
		for _, name := range []string{"From", "To", "Subject", "Message-Id"} {
			value, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(name))
			ts.Check(err)
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
		printParts(ts, &text, m.Header.Get("Content-Type"), m.Body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// printParts writes the text of a letter, the size of its HTML, and its files.
func printParts(ts *testscript.TestScript, text *strings.Builder, kind string, body io.Reader) {
	_, values, err := mime.ParseMediaType(kind)
	ts.Check(err)
	for r := multipart.NewReader(body, values["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		ts.Check(err)
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if strings.HasPrefix(kind, "multipart/") {
			printParts(ts, text, p.Header.Get("Content-Type"), p)
			continue
		}
		content, err := io.ReadAll(p)
		ts.Check(err)
		switch {
		case p.FileName() != "":
			raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(content), "\n", ""))
			ts.Check(err)
			fmt.Fprintf(text, "--- %s (%s), %d bytes\n%.60s\n", p.FileName(), kind, len(raw), raw)
		case kind == "text/plain":
			fmt.Fprintf(text, "---\n%s\n", content)
		default:
			fmt.Fprintf(text, "--- %s of a whole page: %v\n", kind, strings.Contains(string(content), "</html>"))
		}
	}
}
