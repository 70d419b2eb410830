package speckle_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle"
)

// madeFor gives a certificate that signs itself, and those who trust it.
func madeFor(t *testing.T, name string, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shape := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A Firm's Own CA"}, DNSNames: []string{name}, NotBefore: from,
		NotAfter: until,
		IsCA:     true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// speakingTLS is a server with a certificate.
func speakingTLS(t *testing.T, c *tls.Config) string {
	t.Helper()
	server := httptest.NewUnstartedServer(saying(`{"data":{"a":1}}`))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = c
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// listen is a server that answers each connection as it likes.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
	return l.Addr().String()
}

// A connection that would fail the same way again isn't tried again, and the
// error says what to do.
func TestHopelessConnections(t *testing.T) {
	day := 24 * time.Hour
	now := time.Now()
	good, trusted := madeFor(t, "127.0.0.1.test", now.Add(-day), now.Add(day))
	old, trustsOld := madeFor(t, "speckle.test", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 6, 7, 8, 9, 10, 0, time.UTC))
	young, trustsYoung := madeFor(t, "speckle.test", now.Add(day), now.Add(2*day))
	with := func(c tls.Certificate) string { return speakingTLS(t, &tls.Config{Certificates: []tls.Certificate{c}}) }
	plain := httptest.NewServer(saying(`{"data":{"a":1}}`))
	t.Cleanup(plain.Close)
	secret := with(good)
	ssh := listen(t, func(c net.Conn) {
		io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n")
		_, _ = bufio.NewReader(c).ReadString('\n')
	})
	alert := listen(t, func(c net.Conn) {
		_, _ = bufio.NewReader(c).ReadString('\n')
		_, _ = c.Write([]byte{0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46})
	})
	for name, c := range map[string]struct {
		server  string
		trusted *x509.CertPool
		config  *tls.Config
		kind    speckle.Kind
		text    string
	}{
		"an authority of one's own": {secret, nil, &tls.Config{ServerName: "127.0.0.1.test"}, speckle.Untrusted,
			"an authority that this machine doesn't know (CN=A Firm's Own CA) (if the authority is your own, name its PEM file in SSL_CERT_FILE"},
		"another name": {secret, trusted, &tls.Config{ServerName: "speckle.test"}, speckle.Untrusted,
			"isn't for this address: certificate is valid for 127.0.0.1.test, not speckle.test"},
		"an old one": {with(old), trustsOld, &tls.Config{ServerName: "speckle.test"}, speckle.Untrusted,
			"the server's certificate expired on 2021-06-07T08:09:10Z (renew it"},
		"one of tomorrow": {with(young), trustsYoung, &tls.Config{ServerName: "speckle.test"}, speckle.Untrusted,
			"(is this machine's clock right?)"},
		"https to a plain port": {strings.Replace(plain.URL, "http:", "https:", 1), nil, nil, speckle.WrongProtocol,
			"the address says https, and what answers there speaks plain HTTP"},
		"http to a port for TLS": {strings.Replace(secret, "https:", "http:", 1), nil, nil, speckle.WrongProtocol,
			"what answers there speaks TLS"},
		"http, and an alert": {"http://" + alert, nil, nil, speckle.WrongProtocol,
			"what answers there speaks TLS (write https:// as server)"},
		"http to SSH":  {"http://" + ssh, nil, nil, speckle.WrongProtocol, "doesn't speak HTTP"},
		"https to SSH": {"https://" + ssh, nil, nil, speckle.WrongProtocol, "doesn't speak TLS"},
		"two versions of TLS": {speakingTLS(t, &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS13}), trusted,
			&tls.Config{MaxVersion: tls.VersionTLS12},
			speckle.WrongProtocol, "the two sides don't agree on TLS"},
	} {
		config := c.config
		if config == nil {
			config = &tls.Config{}
		}
		config.RootCAs = c.trusted
		base := speckle.NewTransport()
		base.Proxy, base.TLSClientConfig = nil, config
		got := read(t, t.Context(), job{server: c.server, query: "{ a }", base: base})
		base.CloseIdleConnections()
		failed, _ := errors.AsType[*speckle.Error](got.err)
		if failed == nil || failed.Kind != c.kind || !strings.Contains(failed.Error(), c.text) || got.stats.Requests != 1 || failed.Retryable() {
			t.Errorf("%s: %v after %d requests, want %s: %s", name, got.err, got.stats.Requests, c.kind, c.text)
		}
	}
}

// A server that speaks first is no HTTP, also where its words are read before
// the request is on its way.
func TestServerSpeaksFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := speckle.NewTransport()
		base.Proxy = nil
		base.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				io.WriteString(theirs, "220 mail.test ESMTP\r\n")
				_, _ = io.Copy(io.Discard, theirs)
			}()
			return ours, nil
		}
		readFirst := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { synctest.Wait() }}
		ctx := httptrace.WithClientTrace(t.Context(), readFirst)
		got := read(t, ctx, job{server: "http://127.0.0.1:25", query: "{ a }", base: base})
		failed, _ := errors.AsType[*speckle.Error](got.err)
		if failed == nil || failed.Kind != speckle.WrongProtocol || got.stats.Requests != 1 {
			t.Errorf("%v after %d requests", got.err, got.stats.Requests)
		}
	})
}

// What a proxy refuses it refuses again; what it can't reach may be back.
func TestProxies(t *testing.T) {
	for status, want := range map[int]struct {
		kind     speckle.Kind
		text     string
		requests int
	}{
		407: {speckle.ProxyRefused, "(HTTP 407) (it asks for a name and a password", 1},
		403: {speckle.ProxyRefused, "refuses to connect to speckle.test:443 (HTTP 403)", 1},
		502: {speckle.Network, "can't connect to speckle.test:443 (HTTP 502)", 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			base := speckle.NewTransport()
			base.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test:3128"})
			base.DialContext = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() {
					defer theirs.Close()
					r, err := http.ReadRequest(bufio.NewReader(theirs))
					if err == nil && r.Method == http.MethodConnect {
						fmt.Fprintf(theirs, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status))
					}
				}()
				return ours, nil
			}
			got := read(t, t.Context(), job{query: "{ a }", base: base})
			failed, _ := errors.AsType[*speckle.Error](got.err)
			if failed == nil || failed.Kind != want.kind || !strings.Contains(failed.Error(), want.text) || got.stats.Requests != want.requests {
				t.Errorf("%d: %v after %d requests", status, got.err, got.stats.Requests)
			}
		})
	}
}
