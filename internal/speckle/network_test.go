package speckle_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"speckle-runner/internal/speckle"
)

// TestGzipAndChunks reads what nginx makes of an answer.
func TestGzipAndChunks(t *testing.T) {
	page := pageOf(2, "null", `{"id":"a"}`, `{"id":"b","name":"`+strings.Repeat("é", 100_000)+`"}`)
	for name, handler := range map[string]http.HandlerFunc{
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("Accept-Encoding: %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Type", jsonType)
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, page)
			z.Close()
		},
		"chunks": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			for part := range strings.SplitAfterSeq(page, ",") {
				io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
		},
	} {
		server := httptest.NewServer(handler)
		got := read(t, t.Context(), job{server: server.URL, query: pagedQuery})
		if got.err != nil || len(got.records) != 2 || len(got.records[1]) < 200_000 {
			t.Errorf("%s: %v", name, got.err)
		}
		server.Close()
	}
}

// TestGzipThatIsNone: what says that it is packed and isn't was changed on the way.
func TestGzipThatIsNone(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, pageOf(1, "null", `{"id":"a"}`))
	z.Close()
	sum := bytes.Clone(packed.Bytes())
	sum[len(sum)-6]++
	for name, body := range map[string][]byte{"no gzip": []byte(pageOf(1, "null", `{"id":"a"}`)), "another sum": sum} {
		synctest.Test(t, func(t *testing.T) {
			got := read(t, t.Context(), job{query: pagedQuery, base: roundTripper(func(*http.Request) (*http.Response, error) {
				in, err := gzip.NewReader(bytes.NewReader(body))
				text := iotest.ErrReader(err)
				if err == nil {
					text = in
				}
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(text)}, nil
			})})
			if got.err == nil || !strings.HasSuffix(got.err.Error(),
				"(it is labelled gzip and isn't: does a proxy on the way unpack or change it?)") {
				t.Errorf("%s: %v", name, got.err)
			}
		})
	}
}

// TestConnectionsBreak ends bodies before their length: what came is dropped
// and the page is read again.
func TestConnectionsBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		got := read(t, t.Context(), job{query: pagedQuery, base: roundTripper(func(*http.Request) (*http.Response, error) {
			text := pageOf(2, "null", `{"id":"a"}`, `{"id":"b"}`)
			var body io.Reader = strings.NewReader(text)
			if n++; n <= 2 {
				body = io.MultiReader(strings.NewReader(text[:len(text)-10]), broken{})
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(body),
				ContentLength: int64(len(text))}, nil
		})})
		if got.err != nil || len(got.records) != 2 || got.stats.Requests != 3 || got.dropped != 2 {
			t.Errorf("%v %+v, %d dropped", got.err, got.stats, got.dropped)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		got := read(t, t.Context(), job{query: pagedQuery, base: roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, io.ErrUnexpectedEOF
		})})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.Network || got.stats.Requests != 5 ||
			failed.Error() != "reach https://speckle.test: unexpected EOF" {
			t.Errorf("%v %+v", got.err, got.stats)
		}
	})
}

// broken is a body that a cut connection leaves.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
