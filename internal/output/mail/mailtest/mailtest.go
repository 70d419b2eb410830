// Package mailtest is an SMTP server on loopback, in memory, for tests: it takes
// letters, refuses what it is told to, and breaks off where servers do. It passes
// nothing on.
package mailtest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is one that was taken.
type Letter struct {
	From, To string // of the envelope
	User     string // who signed in
	Data     string
}

// Server is an SMTP server. Its fields are set before Start.
type Server struct {
	Config   *tls.Config // of STARTTLS; nil: it offers none
	Direct   bool        // TLS from the start
	Password string      // of any user; "": nobody needs to sign in
	UTF8     bool        // it takes addresses that aren't ASCII
	Reading  func()      // is called before a letter is read; nil: nothing

	mu       sync.Mutex
	got      []Letter
	answers  []int          // to letters, then 250
	refused  map[string]int // by receiver
	breaking Break
	smtp     *smtp.Server
	listener net.Listener
}

// Break is where a server breaks a connection off.
type Break int

// The places.
const (
	Nowhere   Break = iota
	BeforeYes       // it has the whole letter, and doesn't say so
	AfterYes        // it has said so
)

// Start makes the server listen on a free port.
func (s *Server) Start() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener = listener
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	s.smtp.Domain, s.smtp.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	s.smtp.EnableSMTPUTF8 = s.UTF8
	if s.Direct {
		listener = tls.NewListener(listener, s.Config)
	} else {
		s.smtp.TLSConfig = s.Config
	}
	go func() { _ = s.smtp.Serve(listener) }() // it ends with Close
	return nil
}

// Port is where it listens, on 127.0.0.1.
func (s *Server) Port() int {
	_, text, _ := net.SplitHostPort(s.listener.Addr().String())
	port, _ := strconv.Atoi(text)
	return port
}

// Close ends it.
func (s *Server) Close() error { return errors.Join(s.listener.Close(), s.smtp.Close()) }

// Wait ends it once all connections have ended.
func (s *Server) Wait() error { return s.smtp.Shutdown(context.Background()) }

// Answer says what letters are answered, one after the other: 250, 4xx or 5xx.
func (s *Server) Answer(codes ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = codes
}

// Refuse answers a code to a receiver from now on; 0 is a yes again.
func (s *Server) Refuse(receiver string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == nil {
		s.refused = map[string]int{}
	}
	s.refused[receiver] = code
}

// BreakOff says where connections break from now on.
func (s *Server) BreakOff(where Break) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaking = where
}

// Take gives the letters that came since the last time.
func (s *Server) Take() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.got
	s.got = nil
	return taken
}

// session is one connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	letter Letter
	leave  bool
}

func refusal(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// AuthMechanisms lists how a user may sign in.
func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth lets any user in who knows the password.
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != c.server.Password {
			return smtp.ErrAuthFailed
		}
		c.letter.User = user
		return nil
	}), nil
}

// Mail begins a letter.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.server.Password != "" && c.letter.User == "" {
		return smtp.ErrAuthRequired
	}
	c.letter.From = from
	return nil
}

// Rcpt takes a receiver.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if code := c.server.refused[to]; code != 0 {
		return refusal(code, "no such user: "+to)
	}
	c.letter.To = to
	return nil
}

// Data takes a letter.
func (c *session) Data(r io.Reader) error {
	if c.server.Reading != nil {
		c.server.Reading()
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := 250
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	if answer != 250 {
		return refusal(answer, "not this letter")
	}
	c.letter.Data = strings.ReplaceAll(string(text), "\r\n", "\n")
	s.got = append(s.got, c.letter)
	switch s.breaking {
	case BeforeYes:
		_ = c.conn.Conn().Close()
		return errors.New("broken off")
	case AfterYes:
		c.leave = true
	case Nowhere:
	}
	return nil
}

// Reset ends a letter.
func (c *session) Reset() {
	if c.leave {
		_ = c.conn.Conn().Close()
	}
}

// Logout ends a connection.
func (c *session) Logout() error { return nil }
