package speckle_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef01234567ab"

const jsonType = "application/json; charset=utf-8"

// collector is a Sink that keeps what stands. It checks the order of calls.
type collector struct {
	t       *testing.T
	records []string
	pages   []speckle.Page
	dropped int

	pending []string
	refuse  func(record string) error
}

func (c *collector) Record(record []byte) error {
	if bytes.ContainsAny(record, "\n\r") {
		c.t.Errorf("a record of two lines: %s", record)
	}
	c.pending = append(c.pending, string(record))
	if c.refuse != nil {
		return c.refuse(string(record))
	}
	return nil
}

func (c *collector) EndPage(p speckle.Page) error {
	if p.Records != len(c.pending) || p.Number != len(c.pages)+1 {
		c.t.Errorf("page %d of %d records, want number %d and %d records", p.Number, p.Records, len(c.pages)+1, len(c.pending))
	}
	c.records = append(c.records, c.pending...)
	c.pages = append(c.pages, p)
	c.pending = nil
	return nil
}

func (c *collector) DropPage() error {
	if len(c.pending) == 0 {
		c.t.Error("a page without records is dropped")
	}
	c.dropped++
	c.pending = nil
	return nil
}

// job is one Read of a test.
type job struct {
	server    string // default https://speckle.test
	query     string
	variables map[string]string // as JSON
	base      http.RoundTripper
	limiters  *speckle.Limiters
	refuse    func(string) error
	request   speckle.Request // options beside query and variables
	maxRecord int
	maxAnswer int
}

type outcome struct {
	*collector
	stats speckle.Stats
	err   error
}

// read runs a job to its end and checks what is true of every end.
func read(t *testing.T, ctx context.Context, j job) outcome {
	t.Helper()
	if j.server == "" {
		j.server = "https://speckle.test"
	}
	server, err := endpoint.Parse(j.server, false)
	if err != nil {
		t.Fatal(err)
	}
	q, problems := query.Parse(j.query)
	if q == nil {
		t.Fatal(problems)
	}
	r := j.request
	r.Query, r.Variables = q, map[string]jsontext.Value{}
	for name, value := range j.variables {
		r.Variables[name] = jsontext.Value(value)
	}
	client := speckle.NewClient(speckle.Options{
		Server: server, Token: secret.New(token), UserAgent: "runner-test", Base: j.base, Limiters: j.limiters,
		MaxRecord: j.maxRecord, MaxAnswer: j.maxAnswer,
	})
	defer client.Close()
	sink := &collector{t: t, refuse: j.refuse}
	stats, err := client.Read(ctx, r, sink)
	if err != nil && strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), token) {
		t.Errorf("the token is in the error: %v", err)
	}
	if len(sink.pending) > 0 {
		t.Errorf("%d records neither stand nor are dropped: %v", len(sink.pending), err)
	}
	if int(stats.Records) != len(sink.records) || stats.Pages != len(sink.pages) {
		t.Errorf("stats %+v for %d records on %d pages", stats, len(sink.records), len(sink.pages))
	}
	return outcome{sink, stats, err}
}

// direct is a RoundTripper that calls a handler, so that a synctest bubble can
// wait for it.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func directly(handler http.HandlerFunc) direct { return direct{handler} }

// saying answers every request with the same text.
func saying(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		fmt.Fprint(w, text)
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// retryFirst answers the first request with one text and the rest with
// another.
func retryFirst(first, rest string) http.RoundTripper {
	n := 0
	return directly(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			saying(first)(w, r)
			return
		}
		saying(rest)(w, r)
	})
}
