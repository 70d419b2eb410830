package speckle_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

// endless gives a page's items for ever, and notes how much was read of it.
type endless struct {
	read int
	rest io.Reader
}

func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	e.rest = strings.NewReader(`{"data":{"project":{"models":{"totalCount":5,"cursor":null,"items":[{"id":0}`)
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(e), Request: r}, nil
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.rest.Read(p)
	if err == io.EOF {
		e.rest = strings.NewReader(fmt.Sprintf(`,{"id":%d}`, e.read))
		n, err = e.rest.Read(p)
	}
	e.read += n
	return n, err
}

// TestPageAboveItsLimit is refused while it streams, wherever its limit stands.
func TestPageAboveItsLimit(t *testing.T) {
	const form = `query ($cursor: String%s) { project(id: "p") { models(%scursor: $cursor) { totalCount cursor items { id } } } }`
	for name, c := range map[string]struct {
		job
		want string
	}{
		"the runner's": {job{query: pagedQuery}, "project.models: a page holds more than 1500 records, where 500 were asked for"},
		"the job's": {job{query: pagedQuery, variables: map[string]string{"limit": "3000"}},
			"more than 6000 records, where 3000 were asked for"},
		"in the text": {job{query: fmt.Sprintf(form, "", "limit: 20, ")}, "more than 1020 records, where 20 were asked for"},
		"by default": {job{query: fmt.Sprintf(form, ", $limit: Int = 30", "limit: $limit, ")},
			"more than 1030 records, where 30 were asked for"},
		"the server's": {job{query: fmt.Sprintf(form, "", "")}, "more than 1025 records, where 25 were asked for"},
		"inside of an input": {job{query: strings.Replace(fmt.Sprintf(form, "", ""), "(cursor: $cursor)", "(filter: {limit: 7, cursor: $cursor})",
			1)}, "more than 1007 records"},
	} {
		t.Run(name, func(t *testing.T) {
			server := &endless{}
			c.base = server
			got := read(t, t.Context(), c.job)
			failed, typed := errors.AsType[*speckle.Error](got.err)
			if !typed || failed.Kind != speckle.PagingFault || !strings.Contains(failed.Error(), c.want) || got.stats.Requests != 1 ||
				len(got.records) > 0 {
				t.Errorf("%v after %d requests", got.err, got.stats.Requests)
			}
			if server.read > 1<<20 {
				t.Errorf("%d bytes were read", server.read)
			}
		})
	}
}

// TestBudget holds all that is read together to one number.
func TestBudget(t *testing.T) {
	page := pageOf(2, "null", `{"id":"a"}`, `{"id":"b"}`)
	budget := speckle.NewBudget(int64(2*len(page)) + 1)
	for i := range 2 {
		if got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying(page)),
			request: speckle.Request{Budget: budget}}); got.err != nil {
			t.Fatal(i, got.err)
		}
	}
	got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying(page)), request: speckle.Request{Budget: budget}})
	failed, typed := errors.AsType[*speckle.Error](got.err)
	if !typed || failed.Kind != speckle.OverBudget || failed.Retryable() || got.stats.Requests != 1 || len(got.records) > 0 ||
		!budget.Exceeded() {
		t.Errorf("%v, %+v", got.err, got.stats)
	}
	server := &endless{}
	got = read(t, t.Context(), job{query: strings.Replace(pagedQuery, "models(", "things(", 1), base: server,
		request:   speckle.Request{Budget: speckle.NewBudget(1 << 20)},
		variables: map[string]string{"limit": "null"}})
	if got.err == nil || server.read > 2<<20 {
		t.Errorf("%v after %d bytes", got.err, server.read)
	}
	for n, want := range map[int64]string{10 << 30: "10GiB", 1 << 50: "1024TiB", 1500: "1500 bytes", 1536 << 10: "1536KiB"} {
		if got := speckle.Size(n); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
