package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// readyTimeout is until the server is ready for a letter: one that takes the
// connection and says nothing holds up who waits.
const readyTimeout = 30 * time.Second

// dialTimeout is for the connection alone.
const dialTimeout = 15 * time.Second

// line is a connection to a server that is ready for a letter.
type line struct {
	*smtp.Client

	conn net.Conn
	stop func() bool
}

// open connects, turns to TLS and signs in, as far as the server wants it. What
// ends the context ends the connection, and so does a server that takes too long.
func (s *Server) open(ctx context.Context) (*line, error) {
	patience := cmp.Or(s.Ready, readyTimeout)
	soon, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it took longer than %s", patience))
	defer cancel()
	conn, err := s.dial(soon)
	if err != nil {
		return nil, s.unready(soon, "", err)
	}
	l := &line{conn: conn, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	late := context.AfterFunc(soon, func() { _ = conn.Close() })
	var step string
	l.Client, step, err = s.greet(conn)
	late()
	if err != nil {
		l.hangUp()
		return nil, s.unready(soon, step, err)
	}
	return l, nil
}

// unready is failed, of what is so for each letter.
func (s *Server) unready(ctx context.Context, step string, err error) error {
	failed := s.failed(ctx, step, err)
	failed.Unready = true
	return failed
}

// hangUp ends a connection without a word: a word would end a letter that is half
// sent, and the server would take it.
func (l *line) hangUp() {
	l.stop()
	_ = l.conn.Close()
}

// goodbye is for a server that has taken a letter. What it answers changes nothing.
func (l *line) goodbye() {
	_ = l.conn.SetDeadline(time.Now().Add(time.Second))
	_ = l.Quit()
}

// dial connects, and says no word but of TLS.
func (s *Server) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, err
	}
	conn = &heard{conn, maxHeard}
	if s.TLS != TLS {
		return conn, nil
	}
	safe := tls.Client(conn, s.config())
	if err := safe.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return safe, nil
}

func (s *Server) config() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// greet says hello. An error comes with what was being done.
func (s *Server) greet(conn net.Conn) (client *smtp.Client, step string, err error) {
	if client, err = smtp.NewClient(conn, s.Host); err != nil {
		return nil, "greeting", err
	}
	if err = client.Hello(ownName()); err != nil {
		return nil, "greeting", err
	}
	if s.TLS == StartTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, "", errors.New("it offers no STARTTLS: set tls: tls where it wants TLS from the start, which is mostly port 465")
		}
		if err = client.StartTLS(s.config()); err != nil {
			return nil, "STARTTLS", err
		}
	}
	if s.Username.IsZero() {
		return client, "", nil
	}
	way, err := s.signIn(client)
	if err == nil {
		err = client.Auth(way)
	}
	return client, "signing in", err
}

// signIn picks how: what doesn't send the password first.
func (s *Server) signIn(client *smtp.Client) (smtp.Auth, error) {
	_, list := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(list))
	user, password := s.Username.Reveal(), s.Password.Reveal()
	for _, way := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(user, password)},
		{"PLAIN", smtp.PlainAuth("", user, password, s.Host, false)},
		{"LOGIN", smtp.LoginAuth(user, password, s.Host, false)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(user, password)},
	} {
		if slices.Contains(offered, way.name) {
			return way.auth, nil
		}
	}
	if len(offered) == 0 {
		return nil, errors.New("it takes no user name and password: leave out username_env and password_env, or use another port")
	}
	return nil, errors.New("it offers none of SCRAM-SHA-256, PLAIN, LOGIN and CRAM-MD5, but " + strings.Join(offered, ", "))
}

// ownName is who says hello.
func ownName() string {
	name, err := os.Hostname()
	if err != nil || !plainID().MatchString(name) {
		return "localhost"
	}
	return name
}
