package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/secret"
)

const (
	// Nothing that is asked here is long: who is slow is stuck, or means harm.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10
	// stopTimeout is how long requests may take to end once serving ends.
	stopTimeout = 5 * time.Second
	// leastToken is the length below which a token can be guessed.
	leastToken = 16
)

// Listening is a server whose address is open.
type Listening struct {
	o        Options
	listener net.Listener
	server   *Server
	http     *http.Server
}

// Listen opens an address such as 127.0.0.1:8080; port 0 takes a free one. What
// it is really bound to says whether it is loopback. A token that could be guessed
// is refused. The caller must call Serve.
func Listen(ctx context.Context, address string, o Options) (*Listening, error) {
	if err := CheckToken(o.Token); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; --listen takes another address", err)
	}
	tcp, ok := listener.Addr().(*net.TCPAddr)
	o.Loopback = ok && tcp.IP.IsLoopback()
	server := New(o)
	site := &Listening{o, listener, server, &http.Server{
		Handler:           server,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       log.New(debugLog{o.Log}, "", 0),
	}}
	if o.Certificate != nil {
		site.http.TLSConfig = o.Certificate.config(server)
	}
	return site, nil
}

// CheckAddress refuses what no listener can be opened at, whoever has it now. "" is
// none, and good.
func CheckAddress(address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("want host:port, such as 127.0.0.1:8080")
	}
	if _, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", port); err != nil {
		return errors.New("want a port from 0 to 65535")
	}
	return nil
}

// Addr is the address that is bound, with the port that was taken.
func (l *Listening) Addr() net.Addr { return l.listener.Addr() }

// URL is where a browser finds it, without a slash at its end.
func (l *Listening) URL() string {
	scheme := "http://"
	if l.o.Certificate != nil {
		scheme = "https://"
	}
	return scheme + l.Addr().String() + string(l.o.BasePath)
}

// Serve answers requests until ctx ends, then lets those that have begun end
// within 5 s. It gives nil after that.
func (l *Listening) Serve(ctx context.Context) error {
	l.announce()
	var pages sync.WaitGroup
	defer pages.Wait()
	looking, enough := context.WithCancel(ctx)
	defer enough()
	pages.Go(func() { l.server.pages.Keep(looking) })
	done := make(chan error, 1)
	go func() { done <- l.accept() }()
	select {
	case err := <-done:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := l.http.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		l.o.Log.Warn().Stringer("after", stopTimeout).Msg("requests were cut off")
		err = l.http.Close()
	}
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// accept takes connections until the server is shut down.
func (l *Listening) accept() error {
	if l.o.Certificate != nil {
		return l.http.ServeTLS(l.listener, "", "") // the config has the certificate
	}
	return l.http.Serve(l.listener)
}

func (l *Listening) announce() {
	l.o.Log.Info().Stringer("address", l.Addr()).Bool("tls", l.o.Certificate != nil).Msg("listening")
	if l.o.Token.IsZero() && !l.o.Loopback {
		l.o.Log.Warn().Str("hint", noTokenHint).Msg("only health and metrics are served: " + noToken)
	}
}

// CheckToken refuses a token that could be guessed: wrong ones are slowed, but not so
// far that a short one is safe. None at all is no error.
func CheckToken(token secret.Value) error {
	if n := len(token.Reveal()); n > 0 && n < leastToken {
		return fmt.Errorf("RUNNER_WEB_TOKEN has %d characters and could be guessed: want %d or more, such as those of `openssl rand -base64 32`",
			n, leastToken)
	}
	return nil
}

// debugLog takes what net/http logs: broken connections, mostly.
type debugLog struct{ log zerolog.Logger }

// Write logs one line.
func (d debugLog) Write(line []byte) (int, error) {
	d.log.Debug().Str("from", "net/http").Msg(secret.Mask(strings.TrimSpace(string(line))))
	return len(line), nil
}

// config is how connections are made safe with it.
func (c *Certificate) config(s *Server) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.at(s.o.Now(), s.o.Log), nil
		},
	}
}
