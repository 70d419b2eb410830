package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/mail/mailtest"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/secret"
)

// start gives a server, and how to reach it.
func start(t *testing.T, s *mailtest.Server) *mail.Server {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	way := &mail.Server{Host: "127.0.0.1", Port: s.Port(), TLS: mail.Clear, From: "Runner <runner@office.example>"}
	if s.Config != nil {
		way.TLS = mail.StartTLS
	}
	if s.Direct {
		way.TLS = mail.TLS
	}
	return way
}

// certificate is one for 127.0.0.1, and who knows it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, roots
}

func letter(t *testing.T, files ...mail.File) mail.Letter {
	t.Helper()
	n := note.Note{Good: true, Title: "Doors & windows", Facts: "140 records", Footer: "doors · run 1",
		Lists: []note.List{{Head: "Files", Lines: []string{"doors.csv <b>"}}}}
	l, err := mail.Write([]string{"anna@office.example", "Ben <ben@office.example>"}, "doors: 140 records", n)
	if err != nil {
		t.Fatal(err)
	}
	l.Files = files
	return l
}

// parts gives what a letter has, by content type or file name.
func parts(t *testing.T, data string) (netmail.Header, map[string]string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	found := map[string]string{}
	collect(t, m.Header.Get("Content-Type"), m.Body, found)
	return m.Header, found
}

func collect(t *testing.T, kind string, body io.Reader, into map[string]string) {
	t.Helper()
	_, values, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(body, values["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if strings.HasPrefix(kind, "multipart/") {
			collect(t, p.Header.Get("Content-Type"), p, into)
			continue
		}
		text, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		if name, err := new(mime.WordDecoder).DecodeHeader(p.FileName()); err != nil {
			t.Fatal(err)
		} else if name != "" {
			kind = name
		}
		into[kind] = string(text)
	}
}

func TestALetterArrivesOverEachWay(t *testing.T) {
	config, roots := certificate(t)
	for name, s := range map[string]*mailtest.Server{
		"clear": {}, "starttls": {Config: config, Password: "correct horse"}, "tls": {Config: config, Direct: true, Password: "correct horse"},
	} {
		t.Run(name, func(t *testing.T) {
			way := start(t, s)
			way.Roots = roots
			if s.Password != "" {
				way.Username, way.Password = secret.New("runner"), secret.New(s.Password)
			}
			l := letter(t, mail.File{Name: "doors.csv", Type: "text/csv", Data: []byte("a;b\n")})
			if err := way.Send(t.Context(), "doors-20260302T023000Z.1.2.1", "Ben <ben@office.example>", l); err != nil {
				t.Fatal(err)
			}
			got := s.Take()
			if len(got) != 1 || got[0].From != "runner@office.example" || got[0].To != "ben@office.example" {
				t.Fatalf("%+v", got)
			}
			header, found := parts(t, got[0].Data)
			for key, want := range map[string]string{
				"Subject": "[runner] doors: 140 records", "From": `"Runner" <runner@office.example>`,
				"To":             `<anna@office.example>, "Ben" <ben@office.example>`,
				"Message-Id":     "<doors-20260302T023000Z.1.2.1@office.example>",
				"Auto-Submitted": "auto-generated",
			} {
				if header.Get(key) != want {
					t.Errorf("%s: %q, want %q", key, header.Get(key), want)
				}
			}
			if !strings.Contains(found["text/plain"], "Doors & windows") || !strings.Contains(found["text/plain"], "  - doors.csv <b>") {
				t.Errorf("text:\n%s", found["text/plain"])
			}
			if !strings.Contains(found["text/html"], "Doors &amp; windows") || !strings.Contains(found["text/html"], "doors.csv &lt;b&gt;") {
				t.Errorf("HTML:\n%s", found["text/html"])
			}
			if strings.TrimSpace(found["doors.csv"]) != "YTtiCg==" {
				t.Errorf("attached: %q", found["doors.csv"])
			}
		})
	}
}

func TestAnswersAreJudged(t *testing.T) {
	const anna = "anna@office.example"
	for name, c := range map[string]struct {
		set   func(*mailtest.Server)
		final bool
		want  string
	}{
		"no such user": {func(s *mailtest.Server) { s.Refuse(anna, 550) }, true, "receiver " + anna + ": 550 5.1.1 no such user: " + anna},
		"grey-listed":  {func(s *mailtest.Server) { s.Refuse(anna, 451) }, false, "receiver " + anna + ": 451 4.1.1 no such user: " + anna},
		"too large": {func(s *mailtest.Server) { s.Answer(552) }, true,
			"message: 552 5.1.1 not this letter; a smaller max_attachment makes smaller mails"},
		"full":       {func(s *mailtest.Server) { s.Answer(452) }, false, "message: 452 4.1.1 not this letter"},
		"broken off": {func(s *mailtest.Server) { s.BreakOff(mailtest.BeforeYes) }, false, "message: EOF"},
		"gone":       {func(s *mailtest.Server) { _ = s.Close() }, false, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &mailtest.Server{}
			way := start(t, s)
			c.set(s)
			err := way.Send(t.Context(), "id.1", anna, letter(t))
			failed, is := errors.AsType[*mail.Error](err)
			if !is || failed.Final != c.final || !strings.HasPrefix(err.Error(), "mail server 127.0.0.1: ") ||
				!strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%v, final %v; want %q, %v", err, is && failed.Final, c.want, c.final)
			}
		})
	}
}

// TestAYesIsAYes holds that a letter which the server has taken counts as
// delivered, whatever becomes of the connection: a retry would send it twice.
func TestAYesIsAYes(t *testing.T) {
	s := &mailtest.Server{}
	way := start(t, s)
	s.BreakOff(mailtest.AfterYes)
	if err := way.Send(t.Context(), "id.1", "anna@office.example", letter(t)); err != nil {
		t.Fatal(err)
	}
	if got := s.Take(); len(got) != 1 {
		t.Fatalf("%d letters", len(got))
	}
}

// TestRetriesHaveOneID holds that a letter whose answer was lost is sent again as
// the same one.
func TestRetriesHaveOneID(t *testing.T) {
	s := &mailtest.Server{}
	way := start(t, s)
	s.BreakOff(mailtest.BeforeYes)
	if err := way.Send(t.Context(), "id with \r\nodd ü", "anna@office.example", letter(t)); err == nil {
		t.Fatal("no error")
	}
	s.BreakOff(mailtest.Nowhere)
	if err := way.Send(t.Context(), "id with \r\nodd ü", "anna@office.example", letter(t)); err != nil {
		t.Fatal(err)
	}
	got := s.Take()
	first, _ := parts(t, got[0].Data)
	second, _ := parts(t, got[1].Data)
	if id := first.Get("Message-Id"); id == "" || id != second.Get("Message-Id") {
		t.Errorf("%q and %q", id, second.Get("Message-Id"))
	}
}

func TestWrongPasswordsAreFinalAndUnseen(t *testing.T) {
	config, roots := certificate(t)
	s := &mailtest.Server{Config: config, Password: "correct horse"}
	way := start(t, s)
	way.Roots, way.Username, way.Password = roots, secret.New("runner"), secret.New("battery staple")
	err := way.Send(t.Context(), "id.1", "anna@office.example", letter(t))
	failed, is := errors.AsType[*mail.Error](err)
	if !is || !failed.Final || failed.Code != 535 || failed.Step != "signing in" || strings.Contains(err.Error(), "battery") {
		t.Errorf("%v", err)
	}
}

// TestNothingIsSaidInTheClear holds that without TLS neither letter nor password
// leaves, where TLS is asked for.
func TestNothingIsSaidInTheClear(t *testing.T) {
	s := &mailtest.Server{Password: "correct horse"}
	way := start(t, s)
	way.TLS, way.Username, way.Password = mail.StartTLS, secret.New("runner"), secret.New("correct horse")
	err := way.Send(t.Context(), "id.1", "anna@office.example", letter(t))
	if err == nil || !strings.Contains(err.Error(), "it offers no STARTTLS") || len(s.Take()) != 0 {
		t.Errorf("%v", err)
	}
	config, _ := certificate(t)
	unknown := start(t, &mailtest.Server{Config: config})
	err = unknown.Send(t.Context(), "id.1", "anna@office.example", letter(t))
	if err == nil || !strings.Contains(err.Error(), "STARTTLS: tls: failed to verify certificate") {
		t.Errorf("%v", err)
	}
}

func TestATryEnds(t *testing.T) {
	s := &mailtest.Server{}
	way := start(t, s)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the service ends"))
	if err := way.Send(ctx, "id.1", "anna@office.example", letter(t)); err == nil || !strings.HasSuffix(err.Error(), "the service ends") {
		t.Errorf("%v", err)
	}
}

// TestAServerThatSaysNothing: one that takes the connection and doesn't greet is left
// long before a letter's time is over, and told as one that no letter would get by.
func TestAServerThatSaysNothing(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	way := &mail.Server{Host: "127.0.0.1", Port: silent.Addr().(*net.TCPAddr).Port, TLS: mail.Clear, From: "runner@office.example",
		Timeout: time.Hour, Ready: 50 * time.Millisecond}
	err = way.Send(t.Context(), "id.1", "anna@office.example", letter(t))
	failed, is := errors.AsType[*mail.Error](err)
	if !is || !failed.Unready || failed.Final || failed.Step != "greeting" || !strings.HasSuffix(err.Error(), "it took longer than 50ms") {
		t.Errorf("%v", err)
	}
}

// TestAServerThatNeverEnds: what it says is kept until its line ends, and so isn't
// listened to for as long as it likes.
func TestAServerThatNeverEnds(t *testing.T) {
	for name, say := range map[string]string{
		"line":  strings.Repeat("220 welcome ", 1000),
		"lines": strings.Repeat("220-welcome\r\n", 1000),
	} {
		endless, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer endless.Close()
		said := make(chan int, 1)
		go func() {
			total := 0
			defer func() { said <- total }()
			conn, err := endless.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			for err == nil && total < 1<<30 {
				var n int
				n, err = conn.Write([]byte(say))
				total += n
			}
		}()
		way := &mail.Server{Host: "127.0.0.1", Port: endless.Addr().(*net.TCPAddr).Port, TLS: mail.Clear, From: "runner@office.example",
			Timeout: time.Hour, Ready: time.Hour}
		err = way.Send(t.Context(), "id.1", "anna@office.example", letter(t))
		failed, is := errors.AsType[*mail.Error](err)
		if !is || !failed.Unready || failed.Final || !strings.Contains(err.Error(), "it said more than 1 MiB") {
			t.Errorf("%s: %v", name, err)
		}
		if total := <-said; total >= 1<<30 {
			t.Errorf("%s: %d bytes were taken", name, total)
		}
	}
}

// TestHalfALetterIsNoLetter holds that what breaks off in its midst isn't ended
// as if that were all.
func TestHalfALetterIsNoLetter(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &mailtest.Server{Reading: func() { cancel(errors.New("the service ends")) }}
	way := start(t, s)
	err := way.Send(ctx, "id.1", "anna@office.example", letter(t, mail.File{Name: "a.bin", Data: make([]byte, 16<<20)}))
	if err == nil || !strings.HasSuffix(err.Error(), "message: the service ends") {
		t.Errorf("%v", err)
	}
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
	if got := s.Take(); len(got) != 0 {
		t.Errorf("%d letters", len(got))
	}
}

// FuzzHead holds that no text begins another line of a letter's head.
func FuzzHead(f *testing.F) {
	f.Add("doors failed\r\nBcc: mallory@example.com", "a\r\nX-Evil: 1.csv", "anna@office.example", "id\r\nX-Evil: 1")
	f.Add("ü\n\n<script>", "..\\\"x\".xlsx", "\"a\\\" b\"@office.example", "a..b")
	f.Add(strings.Repeat("ä ", 500), "", "anna@office.example>\r\nX-Evil: 1", "")
	f.Fuzz(func(t *testing.T, subject, name, to, id string) {
		l := letter(t, mail.File{Name: name, Type: name, Data: []byte(subject)})
		l.To, l.Subject = []string{to}, subject
		data, err := mail.Bytes(l, id, "Runner <runner@office.example>")
		if err != nil {
			return // no address
		}
		header, found := parts(t, string(data))
		for key := range header {
			switch key {
			case "Subject", "From", "To", "Date", "Message-Id", "Mime-Version", "Content-Type", "Auto-Submitted", "X-Auto-Response-Suppress":
			default:
				t.Errorf("a line %q of its own in\n%s", key, data)
			}
			if len(header[key]) != 1 {
				t.Errorf("%s is there %d times", key, len(header[key]))
			}
		}
		if len(found) != 3 {
			t.Errorf("parts %q", found)
		}
	})
}

// TestOtherLettersThanASCII: a domain has a name in ASCII, which every server takes. What
// stands before the @ has none, and only who offers SMTPUTF8 is told it.
func TestOtherLettersThanASCII(t *testing.T) {
	t.Parallel()
	const (
		domain = "Büro <anna@büro.example>"
		local  = "käthe@office.example"
	)
	old := &mailtest.Server{}
	way := start(t, old)
	way.From = "Läufer <runner@läufer.example>"
	l := letter(t)
	l.To = []string{domain, local}
	if err := way.Send(t.Context(), "run.1", domain, l); err != nil {
		t.Fatal(err)
	}
	got := old.Take()
	if len(got) != 1 || got[0].To != "anna@xn--bro-hoa.example" || got[0].From != "runner@xn--lufer-gra.example" {
		t.Fatalf("%+v", got)
	}
	head, _, _ := strings.Cut(got[0].Data, "\r\n\r\n")
	for _, c := range head {
		if c > 0x7f {
			t.Fatalf("a server that knows ASCII was sent %q in %q", c, head)
		}
	}
	if !strings.Contains(head, "<anna@xn--bro-hoa.example>") || !strings.Contains(head, "@xn--lufer-gra.example>") {
		t.Error(head)
	}
	err := way.Send(t.Context(), "run.2", local, l)
	if failed, is := errors.AsType[*mail.Error](err); !is || !failed.Final || len(old.Take()) > 0 ||
		!strings.Contains(err.Error(), "receiver käthe@office.example: what stands before the @ isn't ASCII") {
		t.Errorf("%v", err)
	}

	other := &mailtest.Server{UTF8: true}
	way = start(t, other)
	if err := way.Send(t.Context(), "run.3", local, l); err != nil {
		t.Fatal(err)
	}
	if got := other.Take(); len(got) != 1 || got[0].To != local || !strings.Contains(got[0].Data, local) {
		t.Errorf("%+v", got)
	}
}

// TestFilesHaveNamesOfTheirOwn: what a mail program saves one after the other is there
// afterwards, and opens with what it is.
func TestFilesHaveNamesOfTheirOwn(t *testing.T) {
	s := &mailtest.Server{}
	way := start(t, s)
	long := strings.Repeat("ä", 150)
	given := []string{"a-b-out.csv", "a-b-out.csv", "A-B-Out.csv", `a\b"out.csv`, "rows.ndjson.zst", "rows.ndjson.zst", "", "",
		long + "1.parquet", long + "2.parquet"}
	want := []string{"a-b-out.csv", "a-b-out (2).csv", "A-B-Out (3).csv", "a-b-out (4).csv",
		"rows.ndjson.zst", "rows (2).ndjson.zst", "file", "file (2)",
		strings.Repeat("ä", 84) + "….parquet", strings.Repeat("ä", 82) + "… (2).parquet"}
	var files []mail.File
	for i, name := range given {
		files = append(files, mail.File{Name: name, Type: "text/plain", Data: []byte(strconv.Itoa(i))})
	}
	if err := way.Send(t.Context(), "names.1", "ben@office.example", letter(t, files...)); err != nil {
		t.Fatal(err)
	}
	_, found := parts(t, s.Take()[0].Data)
	for i, name := range want {
		if text := strings.TrimSpace(found[name]); text != base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(i))) {
			t.Errorf("%s: %q in %v", name, text, slices.Sorted(maps.Keys(found)))
		}
	}
}
