package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// certificateLook is how often files of a certificate are looked at, at most.
const certificateLook = 2 * time.Second

// Certificate is what HTTPS is served with: two PEM files, read again when they
// change. It is safe for use by several goroutines.
type Certificate struct {
	certFile, keyFile string

	mu     sync.Mutex
	pair   *tls.Certificate
	seen   [2]fileMark // of the files as they were read last
	looked time.Time
}

// fileMark tells a changed file from the same one.
type fileMark struct {
	size    int64
	changed time.Time
}

// LoadCertificate reads a certificate with its chain, and its key.
func LoadCertificate(certFile, keyFile string) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile}
	c.seen = c.marks()
	var err error
	c.pair, err = c.read()
	return c, err
}

func (c *Certificate) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s and its key %s: %w; both are PEM files, the key is of the first certificate "+
			"and has no password", c.certFile, c.keyFile, err)
	}
	return &pair, nil
}

func (c *Certificate) marks() (m [2]fileMark) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			m[i] = fileMark{info.Size(), info.ModTime()}
		}
	}
	return m
}

// at gives the certificate for a connection that begins now. A new pair that
// can't be read, as while only one of its files is written, leaves the old one.
func (c *Certificate) at(now time.Time, log zerolog.Logger) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A clock that was set back must not keep an old certificate.
	if since := now.Sub(c.looked); since >= 0 && since < certificateLook {
		return c.pair
	}
	c.looked = now
	marks := c.marks()
	if marks == c.seen {
		return c.pair
	}
	c.seen = marks
	pair, err := c.read()
	if err != nil {
		log.Warn().Str("error", err.Error()).Msg("the new TLS certificate can't be used: the one before is served on")
		return c.pair
	}
	c.pair = pair
	log.Info().Time("until", pair.Leaf.NotAfter).Msg("new TLS certificate in force")
	return c.pair
}
