package version_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// small and conformance are bundles that lie here, by suffix.
var small, conformance map[string]string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "version-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		small, err = sample.Small().Write(dir, "small", sample.Layout{})
	}
	if err == nil {
		conformance, err = sample.Conformance().Write(dir, "conformance", sample.Layout{})
	}
	if err != nil {
		panic(err)
	}
	return m.Run()
}

// site is a server with a client of it.
type site struct {
	*fake.Server

	t       *testing.T
	token   fake.Token
	client  *speckle.Client
	redact  *secret.Redactor
	log     *bytes.Buffer
	options version.Options
}

// open starts a server, a storage beside it and a client with its token.
func open(t *testing.T, scopes ...string) *site {
	t.Helper()
	server, err := fake.Start(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return with(t, server, server.URL, nil, nil, scopes...)
}

func with(t *testing.T, server *fake.Server, address string, base, storage http.RoundTripper, scopes ...string) *site {
	t.Helper()
	if scopes == nil {
		scopes = []string{"streams:read"}
	}
	s := &site{Server: server, t: t, token: fake.NewToken("elements", scopes...), redact: &secret.Redactor{}, log: &bytes.Buffer{}}
	server.AddTokens(s.token)
	at, err := endpoint.Parse(address, false)
	if err != nil {
		t.Fatal(err)
	}
	token := secret.New(s.token.Token)
	s.redact.Add(token)
	// The log isn't redacted here: what reaches it must be clean by itself.
	log := zerolog.New(s.log).Level(zerolog.TraceLevel)
	s.client = speckle.NewClient(speckle.Options{Server: at, Token: token, UserAgent: "runner-test", Redactor: s.redact, Log: log, Base: base})
	t.Cleanup(s.client.Close)
	s.options = version.Options{Client: s.client, Storage: storage, Redactor: s.redact, Log: log}
	return s
}

func (s *site) find(model string) version.Version {
	s.t.Helper()
	v, err := version.Find(s.t.Context(), s.client, version.Ref{Project: fake.HouseID, Model: model})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// fetch brings a version's data, and checks what is true of every end: no
// secret is told, and files are for their owner alone.
func (s *site) fetch(ctx context.Context, v version.Version) (version.Data, version.Stats, error) {
	s.t.Helper()
	o := s.options
	o.Dir = s.t.TempDir()
	data, stats, err := version.Fetch(ctx, v, o)
	s.clean(err)
	if err := filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
			s.t.Errorf("%s: %s", path, info.Mode())
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return data, stats, err
}

// clean looks for secrets in an error and in the log.
func (s *site) clean(err error) {
	s.t.Helper()
	told := s.log.String() + fmt.Sprintf("%v %+v %#v", err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		told += fmt.Sprintf(" %v %+v %#v", e, e, e)
	}
	for _, secret := range append(s.Signatures(), s.token.Token) {
		for at := 0; at+20 <= len(secret); at += 4 {
			if strings.Contains(told, secret[at:at+20]) {
				s.t.Errorf("a secret is told: %s", told)
				return
			}
		}
	}
}

// seen are the operations that the server was asked for, without GraphQL's
// own checks.
func (s *site) seen(operation string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// kindOf gives the kind of a speckle.Error, "" of any other.
func kindOf(err error) speckle.Kind {
	if failed, is := errors.AsType[*speckle.Error](err); is {
		return failed.Kind
	}
	return ""
}

// readySoon is less than a bundle is waited for.
const readySoon = 30 * time.Second

// unpacked undoes what a transport undoes by itself.
func unpacked(response *http.Response, body io.Reader) io.Reader {
	if response.Header.Get("Content-Encoding") != "gzip" {
		return body
	}
	response.ContentLength = -1
	in, err := gzip.NewReader(body)
	if err != nil {
		return broken{}
	}
	return in
}
