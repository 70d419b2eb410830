package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/probe"
)

// pair makes a certificate for 127.0.0.1 and its key, as PEM.
func pair(t *testing.T, serial int64) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"runner.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// replace writes a file whose time differs from the one before, however coarse
// the disk's clock is.
func replace(t *testing.T, name string, text []byte, at int) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	when := tick.Add(time.Duration(at) * time.Hour)
	if err := os.Chtimes(name, when, when); err != nil {
		t.Fatal(err)
	}
}

// safeSite listens with a certificate of serial 1; its files are given, too.
func safeSite(t *testing.T) (s *site, certFile, keyFile string, stop func() error) {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	certificate, key := pair(t, 1)
	replace(t, certFile, certificate, 1)
	replace(t, keyFile, key, 1)
	loaded, err := web.LoadCertificate(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	s = backstage(t, func(o *web.Options) { o.Certificate, o.Token = loaded, secret.New(token) })
	return s, certFile, keyFile, s.listen("127.0.0.1:0")
}

// serial gives that of the certificate which a new connection meets.
func (s *site) serial() int64 {
	s.t.Helper()
	c, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "http://"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestHTTPS(t *testing.T) {
	s, _, _, stop := safeSite(t)
	if a := s.ask("GET", "/healthz"); a.status != http.StatusBadRequest || strings.Contains(a.body, "status") {
		t.Errorf("plain HTTP: %d %s", a.status, a.body)
	}
	address := strings.TrimPrefix(s.url, "http://")
	if text, err := probe.Health(t.Context(), address); err != nil || !strings.Contains(text, `"status":"starting"`) {
		t.Errorf("health: %q %v", text, err)
	}
	old := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if c, err := tls.Dial("tcp", address, old); err == nil {
		_ = c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	client := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.PostForm("https://"+address+"/login", url.Values{"token": {token}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("signed in: %d %v", answer.StatusCode, cookies)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.log.String(), `"tls":true`) {
		t.Errorf("log %s", s.log)
	}
}

func TestARenewedCertificate(t *testing.T) {
	s, certFile, keyFile, stop := safeSite(t)
	serves := func(want int64, when string) {
		t.Helper()
		s.later.Add(int64(time.Minute)) // the files are looked at again
		if got := s.serial(); got != want {
			t.Errorf("%s: certificate %d, want %d", when, got, want)
		}
	}
	serves(1, "at first")
	certificate, key := pair(t, 2)
	replace(t, certFile, certificate, 2)
	serves(1, "the key is still the old one")
	serves(1, "nothing new")
	if n := strings.Count(s.log.String(), "the new TLS certificate can't be used"); n != 1 {
		t.Errorf("told %d times: %s", n, s.log)
	}
	replace(t, keyFile, key, 2)
	serves(2, "both are new")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	serves(2, "the file is gone")
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.log.String(), "new TLS certificate in force") || strings.Contains(s.log.String(), "PRIVATE") {
		t.Errorf("log %s", s.log)
	}
}

func TestCertificatesThatCannotBeServed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	certificate, key := pair(t, 1)
	_, other := pair(t, 2)
	for name, c := range map[string]struct{ certificate, key []byte }{
		"another's key": {certificate, other}, "no PEM": {[]byte("x"), key}, "the wrong way round": {key, certificate},
	} {
		replace(t, certFile, c.certificate, 1)
		replace(t, keyFile, c.key, 1)
		if _, err := web.LoadCertificate(certFile, keyFile); err == nil || !strings.Contains(err.Error(), certFile) ||
			!strings.Contains(err.Error(), "PEM") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := web.LoadCertificate(filepath.Join(dir, "none"), keyFile); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no file: %v", err)
	}
}
