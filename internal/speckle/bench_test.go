package speckle_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
)

// counter is a Sink that counts.
type counter struct{ records, bytes int64 }

func (c *counter) Record(rec []byte) error {
	c.records++
	c.bytes += int64(len(rec))
	return nil
}
func (c *counter) EndPage(speckle.Page) error { return nil }
func (c *counter) DropPage() error            { return nil }

// elements serves pages of 1,000 records of some 800 bytes, as element data
// is, with ids of their own.
func elements(pages int) *httptest.Server {
	const perPage = 1000
	record := `{"id":"%032d","data":{"id":"%032d","name":"el 1347","level":{"name":"L7","elevation":21},"units":"m","height":2020.5,"vertices":[` +
		strings.Repeat("192.42857142857142,", 12) +
		`1],"speckle_type":"Objects.BuiltElements.Wall","applicationId":"rest-1347","totalChildrenCount":0,"properties":{"Parameters":{"Type Parameters":{"Identity Data":{"Type Name":{"name":"Type Name","value":"Generic - 200mm"}}}}}}}`
	// Made once: a page differs from the next one in its ids, and the server
	// shares the two cores.
	var items []byte
	for i := range perPage {
		if i > 0 {
			items = append(items, ',')
		}
		items = fmt.Appendf(items, record, i, i)
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(text)
		n := 0
		if _, after, found := strings.Cut(string(text), `"cursor":"`); found {
			number, _, _ := strings.Cut(after, `"`)
			n, _ = strconv.Atoi(number)
		}
		page := fmt.Appendf(nil, `{"data":{"project":{"models":{"totalCount":%d,"cursor":"%d","items":[`, pages*perPage, n+1)
		if n == pages {
			page = fmt.Appendf(nil, `{"data":{"project":{"models":{"totalCount":%d,"cursor":null,"items":[`, pages*perPage)
		}
		if n < pages {
			page = append(page, bytes.ReplaceAll(items, []byte(`"id":"00000`), fmt.Appendf(nil, `"id":"%05d`, n))...)
		}
		w.Header().Set("Content-Type", jsonType)
		page = append(page, "]}}}}"...)
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	}))
}

// BenchmarkRead reads 100 MB over loopback, the server in the same process.
func BenchmarkRead(b *testing.B) {
	const pages = 160
	server := elements(pages)
	defer server.Close()
	s, err := endpoint.Parse(server.URL, false)
	if err != nil {
		b.Fatal(err)
	}
	q, _ := query.Parse(pagedQuery)
	for b.Loop() {
		client := speckle.NewClient(speckle.Options{Server: s})
		var sink counter
		stats, err := client.Read(b.Context(), speckle.Request{Query: q, Complete: true}, &sink)
		if err != nil || stats.Short != nil || sink.records != pages*1000 {
			b.Fatal(stats, err)
		}
		client.Close()
		b.SetBytes(stats.Bytes)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-process")
}
