package message

import (
	"fmt"
	netmail "net/mail"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/secret"
)

// Mail is one receiver of letters, and the server that passes them on. It names
// the variables of its secrets and never holds one, so that it can be stored.
type Mail struct {
	To          string `json:"to"`
	Host        string `json:"host"`
	Port        int    `json:"port"`
	TLS         string `json:"tls"`
	UsernameEnv string `json:"username_env,omitempty"`
	PasswordEnv string `json:"password_env,omitempty"`
	From        string `json:"from"`
}

// Mails gives the receivers. Each gets a message of its own: a receiver that is refused
// must neither keep the letter from the others nor have it sent to them twice.
func Mails(m *jobs.Mail) []Mail {
	receivers := make([]Mail, len(m.To))
	for i, to := range m.To {
		receivers[i] = Mail{To: to}.withServer(&m.Server)
	}
	return receivers
}

// withServer gives the receiver with another server.
func (m Mail) withServer(s *jobs.SMTP) Mail {
	m.Host, m.Port, m.TLS, m.UsernameEnv, m.PasswordEnv, m.From = s.Host, s.Port, s.TLS, s.UsernameEnv, s.PasswordEnv, s.From
	return m
}

// Target names the receiver for people: the mail address, without a name.
func (m Mail) Target() string {
	address, err := netmail.ParseAddress(m.To)
	if err != nil {
		return "mail"
	}
	return address.Address
}

// Open resolves the secrets of a server, which the redactor learns. A missing one
// is secret.ErrMissing.
func (m Mail) Open(redactor *secret.Redactor) (*mail.Server, error) {
	server := &mail.Server{Host: m.Host, Port: m.Port, TLS: m.TLS, From: m.From, Redactor: redactor}
	if m.UsernameEnv == "" {
		return server, nil
	}
	var err error
	if server.Username, err = (secret.Source{Env: m.UsernameEnv}).Resolve(); err != nil {
		return nil, fmt.Errorf("mail user name: %w", err)
	}
	server.Password, err = secret.Source{Env: m.PasswordEnv}.Resolve()
	redactor.Add(server.Password)
	if err != nil {
		return nil, fmt.Errorf("mail password: %w", err)
	}
	return server, nil
}
