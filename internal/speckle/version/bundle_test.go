package version_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// canned is a client of a server that always says the same.
func canned(t *testing.T, answer string) *speckle.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	at, err := endpoint.Parse(server.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	client := speckle.NewClient(speckle.Options{Server: at, Token: secret.New("t"), Tries: 1})
	t.Cleanup(client.Close)
	return client
}

// same holds what was fetched against a bundle that lies here.
func same(t *testing.T, data version.Data, want map[string]string) {
	t.Helper()
	files := 0
	for suffix, path := range want {
		if suffix == sample.Geometries || suffix == sample.NodeKinds { // nothing reads them
			continue
		}
		files++
		a, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(data.Files[suffix]); err != nil || string(a) != string(b) {
			t.Errorf("%s: %d bytes fetched of %d, %v", suffix, len(b), len(a), err)
		}
	}
	if len(data.Files) != files {
		t.Errorf("fetched %v", data.Files)
	}
}

// TestBundle: the files that are needed, and no others; the token goes to its
// own server, and nothing at all to the storage.
func TestBundle(t *testing.T) {
	s := open(t)
	var progress version.Progress
	s.options.Progress = func(p version.Progress) { progress = p }
	data, stats, err := s.fetch(t.Context(), s.find(fake.ConformanceBundleID))
	if err != nil || data.Kind != version.Bundle {
		t.Fatal(err)
	}
	same(t, data, conformance)
	if stats.Bytes <= progress.Bytes || progress.Files != len(data.Files) || stats.Requests != 1+len(data.Files) || !stats.Clock.Known {
		t.Errorf("%+v, %+v", stats, progress)
	}
	for _, r := range s.StorageRequests() {
		if strings.Contains(r.Name, "geometries") || strings.Contains(r.Name, "viewer") {
			t.Errorf("%s was fetched", r.Name)
		}
		for name := range r.Header {
			t.Errorf("%s got a header %s", r.Name, name)
		}
	}
}

// TestStorageFaults: what a storage can do wrong, and what becomes of it.
func TestStorageFaults(t *testing.T) {
	const cells = sample.Cells
	for name, c := range map[string]struct {
		faults []fake.StorageFault
		kind   speckle.Kind // "": it is fetched all the same
		says   string
		lists  int // requests for the list of files
	}{
		"fails at first": {[]fake.StorageFault{{Kind: fake.StorageStatus, File: cells, Times: 2}}, "", "", 1},
		"fails":          {[]fake.StorageFault{{Kind: fake.StorageStatus, File: cells}}, speckle.ServerFault, "HTTP 503", 1},
		"cut at first":   {[]fake.StorageFault{{Kind: fake.StorageCut, File: cells, Times: 1}}, "", "", 1},
		"cut, and deaf to parts": {[]fake.StorageFault{{Kind: fake.StorageCut, File: cells, Times: 1}, {Kind: fake.StorageDeaf, File: cells}}, "",
			"", 1},
		"always cut":        {[]fake.StorageFault{{Kind: fake.StorageCut}}, speckle.Network, "unexpected EOF", 1},
		"half of it":        {[]fake.StorageFault{{Kind: fake.StorageShort, File: cells}}, speckle.BadAnswer, "begin and end with PAR1", 1},
		"too long":          {[]fake.StorageFault{{Kind: fake.StorageLonger, File: cells}}, speckle.BadAnswer, "begin and end with PAR1", 1},
		"of unknown length": {[]fake.StorageFault{{Kind: fake.StorageUnsized}}, "", "", 1},
		"expired at first":  {[]fake.StorageFault{{Kind: fake.StorageExpired, File: cells, Times: 1}}, "", "", 2},
		"expired twice":     {[]fake.StorageFault{{Kind: fake.StorageExpired, File: cells, Times: 2}}, speckle.NoAccess, "new ones too", 2},
		"expired, another later": {[]fake.StorageFault{{Kind: fake.StorageExpired, File: cells, Times: 1},
			{Kind: fake.StorageExpired, File: sample.Nodes, Times: 1}}, "", "", 3},
		"moved away":       {[]fake.StorageFault{{Kind: fake.StorageStatus, Status: 404, File: cells, Times: 1}}, "", "", 2},
		"expired with 400": {[]fake.StorageFault{{Kind: fake.StorageStatus, Status: 400, File: cells, Times: 1}}, "", "", 2},
		"redirects":        {[]fake.StorageFault{{Kind: fake.StorageRedirect, File: cells}}, speckle.Redirected, "isn't followed", 1},
		"hasn't got it":    {[]fake.StorageFault{{Kind: fake.StorageStatus, Status: 404, File: cells}}, speckle.NotFound, "HTTP 404", 2},
		"refuses it":       {[]fake.StorageFault{{Kind: fake.StorageStatus, Status: 400, File: cells}}, speckle.BadAnswer, "HTTP 400", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := bubble(t, fake.Options{})
				s.SetStorageFaults(c.faults...)
				data, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID))
				switch {
				case c.kind == "" && err == nil:
					same(t, data, small)
				case err == nil, kindOf(err) != c.kind, !strings.Contains(err.Error(), c.says):
					t.Errorf("%s: %v", kindOf(err), err)
				}
				if n := s.seen(fake.Artifacts); n != c.lists {
					t.Errorf("%d lists", n)
				}
			})
		})
	}
}

// TestRestOfAFile: what is here already isn't asked for again.
func TestRestOfAFile(t *testing.T) {
	s := open(t)
	s.SetStorageFaults(fake.StorageFault{Kind: fake.StorageCut, File: sample.Cells, Times: 1})
	if _, _, err := s.fetch(t.Context(), s.find(fake.ConformanceBundleID)); err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, r := range s.StorageRequests() {
		if strings.HasSuffix(r.Name, sample.Cells) {
			parts = append(parts, r.Header.Get("Range"))
		}
	}
	if len(parts) != 2 || parts[0] != "" || !strings.HasPrefix(parts[1], "bytes=") || parts[1] == "bytes=0-" {
		t.Errorf("%q", parts)
	}
}

// changing hands answers of a site to whoever changes them.
type changing struct {
	http.RoundTripper

	change func(*http.Request, *http.Response)
}

func (c changing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		c.change(r, response)
	}
	return response, err
}

// TestPartOfAnotherFile: a storage that gives the rest of another file isn't believed.
func TestPartOfAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bubble(t, fake.Options{})
		parts := 0
		s.options.Storage = changing{s.options.Storage, func(_ *http.Request, response *http.Response) {
			if response.StatusCode == http.StatusPartialContent {
				parts++
				response.Header.Set("ETag", `"another"`)
				response.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", int(response.ContentLength)-4) + "PAR1"))
			}
		}}
		s.SetStorageFaults(fake.StorageFault{Kind: fake.StorageCut, File: sample.Cells, Times: 1})
		data, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID))
		if err != nil || parts != 1 {
			t.Fatal(parts, err)
		}
		same(t, data, small)
	})
}

// TestFilesMadeAnew: a bundle that was made anew while it was read is read anew, whole:
// numbers in one file mean rows of another.
func TestFilesMadeAnew(t *testing.T) {
	for _, times := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			server := fake.New(fake.Options{})
			t.Cleanup(func() { server.Close() })
			hosts := handled{"speckle.test": server, "storage.test": server.Storage()}
			server.PublishBundle(fake.HouseID, fake.SmallBundleID, func(string, string) (map[string]string, error) { return small, nil })
			lists := 0
			s := with(t, server, "https://speckle.test", changing{hosts, func(r *http.Request, response *http.Response) {
				if strings.HasSuffix(r.URL.Path, "/artifacts") {
					text, _ := io.ReadAll(response.Body)
					text = []byte(strings.ReplaceAll(string(text), `"name":"`, fmt.Sprintf(`"name":"made%d-`, lists)))
					response.Body, response.ContentLength = io.NopCloser(strings.NewReader(string(text))), int64(len(text))
					response.Header.Del("Content-Length")
					lists++
				}
			}}, hosts)
			s.SetStorageFaults(fake.StorageFault{Kind: fake.StorageExpired, File: sample.Relations, Times: times})
			data, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID))
			objects := 0
			for _, r := range s.StorageRequests() {
				if strings.HasSuffix(r.Name, sample.Objects) {
					objects++
				}
			}
			if lists != 1+times || objects != 2 {
				t.Errorf("%d lists, %d times the objects", lists, objects)
			}
			if times == 1 {
				if err != nil {
					t.Fatal(err)
				}
				same(t, data, small)
			} else if kindOf(err) != speckle.Network || !strings.Contains(err.Error(), "made anew twice while they were read") {
				t.Errorf("%s: %v", kindOf(err), err)
			}
		})
	}
}

// dripping is a storage that gives a byte every so often, for ever.
type dripping time.Duration

func (every dripping) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1, Body: drip{r.Context(), time.Duration(every)}},
		nil
}

type drip struct {
	ctx   context.Context
	every time.Duration
}

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(d.every):
		return copy(p, "P"), nil
	}
}

func (drip) Close() error { return nil }

// TestSlowStorage: a file that never comes to its end is given up after its
// hour, and one of which nothing comes before.
func TestSlowStorage(t *testing.T) {
	for every, says := range map[time.Duration]string{time.Minute / 2: "it has taken 1h0m0s already", time.Hour: "no byte for 1m0s"} {
		synctest.Test(t, func(t *testing.T) {
			s := bubble(t, fake.Options{})
			s.options.Storage = dripping(every)
			_, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID))
			if kindOf(err) != speckle.Timeout || !strings.Contains(err.Error(), says) {
				t.Errorf("a byte every %s: %s: %v", every, kindOf(err), err)
			}
		})
	}
}

// handled is a RoundTripper that calls handlers by host, so that a synctest
// bubble can wait for them. A handler that aborts cuts its answer.
type handled map[string]http.Handler

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	aborted := func() (is bool) {
		defer func() { is = recover() != nil }()
		for name, values := range r.Header {
			if len(values) == 1 && values[0] == "" {
				r.Header.Del(name) // as a transport does
			}
		}
		if r.Body == nil {
			r.Body = http.NoBody
		}
		h[r.URL.Host].ServeHTTP(w, r)
		return false
	}()
	response := w.Result()
	var body io.Reader = response.Body
	if length := response.Header.Get("Content-Length"); length != "" {
		_, _ = fmt.Sscan(length, &response.ContentLength)
	}
	if aborted {
		body = io.MultiReader(body, broken{})
	}
	response.Body = io.NopCloser(unpacked(response, body))
	return response, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// bubble is a site without a network.
func bubble(t *testing.T, o fake.Options) *site {
	t.Helper()
	server := fake.New(o)
	t.Cleanup(func() { server.Close() })
	hosts := handled{"speckle.test": server, "storage.test": server.Storage()}
	// A writer of parquet mustn't begin inside of a bubble: its files lie here.
	server.PublishBundle(fake.HouseID, fake.SmallBundleID, func(string, string) (map[string]string, error) { return small, nil })
	return with(t, server, "https://speckle.test", hosts, hosts)
}

// TestNotReady: a bundle whose files aren't there yet is waited for, two
// minutes long; then the error names what that can mean.
func TestNotReady(t *testing.T) {
	t.Run("in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := bubble(t, fake.Options{})
			v := s.find(fake.SmallBundleID)
			s.Withhold(v.ID, 5)
			data, _, err := s.fetch(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			same(t, data, small)
		})
	})
	for name, c := range map[string]struct {
		tell func(*site)
		says string
		not  string
	}{
		"an open source server": {func(*site) {}, "may not have them", "ingestion"},
		"a hosted one": {func(s *site) { s.SetIngestion(fake.SmallBundleID, "processing", "Uploading") },
			"the model's latest ingestion is processing (Uploading)", "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := bubble(t, fake.Options{})
				c.tell(s)
				v := s.find(fake.SmallBundleID)
				s.Withhold(v.ID, -1)
				_, _, err := s.fetch(t.Context(), v)
				if kindOf(err) != speckle.NotReady || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), c.not) ||
					!strings.Contains(err.Error(), "aren't ready yet") {
					t.Error(err)
				}
				if n := s.seen(fake.Artifacts); n < 5 || n > 20 {
					t.Errorf("asked %d times", n)
				}
			})
		})
	}
	t.Run("stopped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := bubble(t, fake.Options{})
			v := s.find(fake.SmallBundleID)
			s.Withhold(v.ID, -1)
			ctx, cancel := context.WithTimeout(t.Context(), readySoon)
			defer cancel()
			if _, _, err := s.fetch(ctx, v); !strings.Contains(fmt.Sprint(err), "wait for the files of version "+v.ID) {
				t.Error(err)
			}
		})
	})
}

// TestBrokenBundles: one that lacks a file is refused before anything is
// fetched; what is wrong inside of files is a reader's to find.
func TestBrokenBundles(t *testing.T) {
	s := open(t)
	for _, fault := range sample.Faults() {
		s.PublishBundle(fake.HouseID, fake.SmallBundleID, fault.Write)
		before := len(s.StorageRequests())
		_, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID))
		if missing := strings.HasPrefix(fault.Name, "without "); missing &&
			(kindOf(err) != speckle.BadAnswer || !strings.Contains(err.Error(), fault.Suffix) || len(s.StorageRequests()) != before) {
			t.Errorf("%s: %v", fault.Name, err)
		} else if err != nil && !strings.Contains(err.Error(), fault.Suffix) {
			t.Errorf("%s: %v", fault.Name, err)
		}
	}
}

// TestAddressesOfFiles: what the server may give as an address.
func TestAddressesOfFiles(t *testing.T) {
	for _, address := range []string{"http://storage.example/f?sig=0123456789abcdef0123", "https://user:pass@storage.example/f",
		"ftp://storage.example/f", "//storage.example/f", "", "%zz", "file:///etc/passwd"} {
		names := []string{}
		for _, suffix := range []string{sample.Objects, sample.Paths, sample.Cells, sample.Nodes, sample.Relations} {
			names = append(names, fmt.Sprintf(`{"name":"v%s","url":%q}`, suffix, address))
		}
		client := canned(t, `{"files":[`+strings.Join(names, ",")+`]}`)
		v := version.Version{ID: "v", Project: "p", Model: "m", Reference: "bundle.p.m.v"}
		_, _, err := version.Fetch(t.Context(), v, version.Options{Client: client, Dir: t.TempDir()})
		if kindOf(err) != speckle.BadAnswer || !strings.Contains(err.Error(), "isn't one of https") ||
			address != "" && strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestList: what may come in place of a list of files.
func TestList(t *testing.T) {
	for answer, says := range map[string]string{
		`[]`:           "isn't the JSON that was asked for",
		`{"files":{}}`: "isn't the JSON that was asked for",
		`{"files":[{"name":"a.eav.eav.parquet","url":"https://x.example/1"},{"name":"b.eav.eav.parquet","url":"https://x.example/2"}]}`:           "two of its files are called *.eav.eav.parquet",
		`{"files":[{"name":"a.eav.eav.1.parquet","url":"https://x.example/1"}]}`:                                                                  "has a part of a file, a.eav.eav.1.parquet, and",
		`{"files":[{"name":"a.eav.paths_02.parquet","url":"https://x.example/1"},{"name":"a.geometries.1.parquet","url":"https://x.example/2"}]}`: "has a part of a file, a.eav.paths_02.parquet, and",
		`{"files":[{"name":"a.geometries.parquet","url":"https://x.example/1"}]}`:                                                                 "has no file *.eav.objects.parquet, among 1 file",
	} {
		v := version.Version{ID: "v", Project: "p", Model: "m", Reference: "bundle.p.m.v"}
		_, _, err := version.Fetch(t.Context(), v, version.Options{Client: canned(t, answer), Dir: t.TempDir()})
		if kindOf(err) != speckle.BadAnswer || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// TestBudget: the files of a storage count as all answers do.
func TestBudget(t *testing.T) {
	s := open(t)
	s.options.Budget = speckle.NewBudget(6 << 10)
	if _, _, err := s.fetch(t.Context(), s.find(fake.ConformanceBundleID)); kindOf(err) != speckle.OverBudget {
		t.Error(err)
	}
}

// TestVersionIsChosenOnce: one that is published while another is fetched
// changes nothing.
func TestVersionIsChosenOnce(t *testing.T) {
	s := open(t)
	v := s.find(fake.SmallBundleID)
	s.options.Progress = func(p version.Progress) {
		if p.Files == 1 {
			s.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
				return sample.Conformance().Write(dir, prefix, sample.Layout{})
			})
		}
	}
	s.SetStorageFaults(fake.StorageFault{Kind: fake.StorageExpired, File: sample.Relations, Times: 1})
	data, _, err := s.fetch(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	same(t, data, small)
	if newest := s.find(fake.SmallBundleID); newest.ID == v.ID {
		t.Error("nothing was published")
	}
}

// TestForgotten: an address is forgotten with the fetch, and kept out of texts
// while it is on.
func TestForgotten(t *testing.T) {
	s := open(t)
	learned := false
	s.options.Progress = func(version.Progress) {
		for _, signature := range s.Signatures() {
			learned = learned || s.redact.Text("x "+signature) == "x "+secret.Redacted
		}
	}
	if _, _, err := s.fetch(t.Context(), s.find(fake.SmallBundleID)); err != nil {
		t.Fatal(err)
	}
	for _, signature := range s.Signatures() {
		if text := "x " + signature; s.redact.Text(text) != text {
			t.Error("an address is remembered")
		}
	}
	if !learned {
		t.Error("no address was kept out of texts")
	}
}

// TestNoRoom: a folder that isn't there.
func TestNoRoom(t *testing.T) {
	s := open(t)
	for _, model := range []string{fake.SmallBundleID, fake.SmallGraphID} {
		o := s.options
		o.Dir = filepath.Join(t.TempDir(), "none")
		if _, _, err := version.Fetch(t.Context(), s.find(model), o); err == nil || !strings.Contains(err.Error(), "make room for") {
			t.Error(err)
		}
	}
}
