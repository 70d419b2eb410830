package mail

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// Letter is what is sent, as a ledger can keep it.
type Letter struct {
	To      []string `json:"to"` // all receivers, as its head names them
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	HTML    string   `json:"html"`
	Files   []File   `json:"files,omitempty"`
}

// File is attached to a letter.
type File struct {
	Name string `json:"name"`
	Type string `json:"type"` // its content type
	Data []byte `json:"data"`
}

// maxSubject keeps a subject to what a list of mails shows, in bytes.
const maxSubject = 180

// message makes a letter's bytes. Nothing in a name or a text can begin another
// line of its head: addresses are parsed, the rest is made one line and encoded.
func (l Letter) message(id, from string, at time.Time) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.From(from); err != nil {
		return nil, errors.New("from isn't an address: " + said.Line(from, maxSubject))
	}
	if err := m.To(l.To...); err != nil {
		return nil, errors.New("one of the receivers isn't an address: " + said.Line(strings.Join(l.To, ", "), maxSubject))
	}
	m.Subject(said.LineWithin(l.Subject, maxSubject))
	m.SetDateWithValue(at)
	m.SetMessageIDWithValue(messageID(id, from))
	m.SetGenHeader("Auto-Submitted", "auto-generated")           // no answer by a machine
	m.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply") // nor by Exchange
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	names := fileNames(l.Files)
	for i, f := range l.Files {
		name := names[i]
		if err := m.AttachReader(name, bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(contentType(f.Type)))); err != nil {
			return nil, fmt.Errorf("attach %s: %w", name, err)
		}
	}
	return m, nil
}

var (
	plainID   = pattern.New(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	plainType = pattern.New(`^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+$`)
)

// messageID is made of the delivery's id alone, so that each try has the same and
// servers drop what they have.
func messageID(id, from string) string {
	if !plainID().MatchString(id) || len(id) > 150 {
		sum := sha256.Sum256([]byte(id))
		id = hex.EncodeToString(sum[:16])
	}
	return id + "@" + domain(from)
}

// domain gives that of an address, in ASCII.
func domain(from string) string {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return "runner.invalid"
	}
	name := address.Address[strings.LastIndexByte(address.Address, '@')+1:]
	if !plainID().MatchString(name) {
		return "runner.invalid"
	}
	return name
}

// fileNames gives each file a name that no other has: who saves one over the other has one.
func fileNames(files []File) []string {
	names, taken := make([]string, len(files)), map[string]bool{}
	for i, f := range files {
		name := fileName(f.Name, "")
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fileName(f.Name, fmt.Sprintf(" (%d)", n))
		}
		names[i], taken[strings.ToLower(name)] = name, true
	}
	return names
}

// maxEnding is how long the end of a name may be that says what the file is: .ndjson.zst.
const maxEnding = len(".parquet") + len(".zst")

// fileName keeps a name to what every mail program shows, with a number before its ending.
func fileName(name, number string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"\/:*?<>|`, r) {
			return '-'
		}
		return r
	}, said.LineWithin(name, said.MaxRaw))
	ending := ""
	if at := strings.IndexByte(name[max(0, len(name)-maxEnding):], '.'); at >= 0 {
		ending = name[max(0, len(name)-maxEnding)+at:]
	}
	name = said.Within(strings.TrimSuffix(name, ending), maxSubject-len(number)-len(ending))
	return cmp.Or(name, "file") + number + ending
}

func contentType(given string) string {
	given, _, _ = strings.Cut(given, ";")
	if !plainType().MatchString(given) {
		return "application/octet-stream"
	}
	return given
}
