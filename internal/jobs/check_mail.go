package jobs

import (
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// ports are what servers listen at, by tls.
var ports = map[string]int{"starttls": 587, "tls": 465, "none": 25}

// smtp checks the server for mail, nil where the file has none.
func (l *loader) smtp() *SMTP {
	s := l.top.SMTP.Value
	if s == nil {
		return nil
	}
	out := &SMTP{
		Host: s.Host.Value, Port: s.Port.Value, TLS: s.TLS.Value, UsernameEnv: s.UsernameEnv.Value, PasswordEnv: s.PasswordEnv.Value,
		From: s.From.Value,
	}
	if !s.Port.Given() {
		out.Port = ports[out.TLS]
	}
	if strings.Contains(out.Host, "@") {
		l.Hidden(s.Host.At, document.Problem{Message: "the mail server's name holds a user or a password",
			Hint: "write it as in smtp.example.com, and put those into variables that username_env and password_env name"})
	} else if s.Host.Given() && !hostPattern().MatchString(out.Host) {
		l.Problem(s.Host.At, document.Problem{Message: said.Quoted(out.Host) + " isn't the name of a server",
			Hint: "write it as in smtp.example.com; a port belongs into port:"})
	}
	if s.From.Given() {
		l.mailAddress(s.From.At, out.From)
	}
	l.signsIn(s)
	l.encrypted(s, out)
	return out
}

// hostPattern is a name, or an address of either kind.
var hostPattern = pattern.New(`^([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$`)

// signsIn wants both of what a server asks for, or none.
func (l *loader) signsIn(s *shape.SMTP) {
	switch {
	case s.UsernameEnv.Given() && !s.PasswordEnv.Given():
		l.Problem(s.UsernameEnv.At, document.Problem{Message: "a user name needs a password",
			Hint: "add password_env with the name of the variable that holds it"})
	case s.PasswordEnv.Given() && !s.UsernameEnv.Given():
		l.Problem(s.PasswordEnv.At, document.Problem{Message: "a password needs a user name",
			Hint: "add username_env with the name of the variable that holds it"})
	}
}

// encrypted tells of ports and tls that don't go together, and of what would cross
// the network in the clear.
func (l *loader) encrypted(s *shape.SMTP, out *SMTP) {
	at := s.TLS.At
	if !s.TLS.Given() {
		at = s.Port.At
	}
	switch {
	case out.TLS == "none" && s.UsernameEnv.Given():
		l.Problem(at, document.Problem{Message: "the password would cross the network in the clear",
			Hint: "write tls: starttls or tls: tls; or leave out username_env and password_env"})
	case out.TLS == "none" && !loopback(out.Host):
		l.Warning(at, document.Problem{Message: "mail crosses the network in the clear", Hint: "write tls: starttls, if the server has it"})
	case out.TLS == "starttls" && out.Port == ports["tls"]:
		l.Warning(at, document.Problem{Message: "most servers want TLS from the start at port 465", Hint: "write tls: tls"})
	case out.TLS == "tls" && (out.Port == ports["starttls"] || out.Port == ports["none"]):
		l.Warning(at, document.Problem{Message: "servers mostly begin without TLS at ports 25 and 587",
			Hint: "write tls: starttls, or port: 465"})
	}
}

// mail checks the receivers of an output or a notification.
func (l *loader) mail(given shape.Texts, most int64) *Mail {
	out := &Mail{MaxAttachment: most}
	if len(given.List) == 0 {
		l.Problem(given.At, document.Problem{Message: "there is no address", Hint: "write [anna@example.com]"})
	}
	seen := map[string]bool{}
	for _, one := range given.List {
		address := l.mailAddress(one.At, one.Value)
		if folded := strings.ToLower(address); address != "" && seen[folded] {
			l.Problem(one.At, document.Problem{Message: address + " is in the list twice"})
		} else {
			seen[folded] = true
		}
		out.To = append(out.To, one.Value)
	}
	if l.mailServer == nil {
		if !l.top.At.Node.Has("smtp") { // else it was told
			l.Problem(given.At, document.Problem{Message: "mail needs a server, and the file has no smtp: at top level",
				Hint: "write smtp: {host: smtp.example.com, username_env: SMTP_USER, password_env: SMTP_PASSWORD, from: runner@example.com}"})
		}
		return out
	}
	out.Server = *l.mailServer
	return out
}

// plainAddress is what every server takes: no quotes, no comments.
var plainAddress = pattern.New("^[^\\s\"<>()\\[\\]\\\\,;:@]+@[^\\s\"<>()\\[\\]\\\\,;:@]+$")

// mailAddress checks an address, which may have a name before it, and gives it alone.
func (l *loader) mailAddress(a shape.At, written string) string {
	if strings.ContainsAny(written, "{}") {
		l.Problem(a, document.Problem{Message: "a mail address can't be a placeholder: mail would go wherever the data says",
			Hint: "write the address out"})
		return ""
	}
	parsed, err := netmail.ParseAddress(written)
	if err != nil || !plainAddress().MatchString(parsed.Address) {
		l.Problem(a, document.Problem{Message: said.Quoted(written) + " isn't a mail address",
			Hint: "write it as in anna@example.com, or 'Anna <anna@example.com>'"})
		return ""
	}
	l.international(a, parsed.Address)
	return parsed.Address
}

// international tells of an address with other letters than ASCII's what can be known before
// a server is asked: a domain has a name in ASCII, what stands before the @ has none.
func (l *loader) international(a shape.At, address string) {
	at := strings.LastIndexByte(address, '@')
	if _, err := idna.Lookup.ToASCII(address[at+1:]); err != nil && !isASCII(address[at+1:]) {
		l.Problem(a, document.Problem{Message: said.Quoted(address) + " isn't a mail address: no domain can have that name",
			Hint: "write it as its owner does"})
	}
	if !isASCII(address[:at]) {
		l.Warning(a, document.Problem{Message: "few mail servers take an address with other letters than ASCII's before the @",
			Hint: "if smtp.host doesn't (it offers no SMTPUTF8), the mail is given up: write an address in ASCII"})
	}
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
