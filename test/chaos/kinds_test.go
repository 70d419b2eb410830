package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/output/mail/mailtest"
	"speckle-runner/internal/speckle/fake"
)

// halves holds that a file of two records is read, and that no part of it from the start is a file.
func halves(t *testing.T, name string, content []byte) {
	t.Helper()
	got, err := parse(name, content)
	if err != nil || len(got) != 2 || got[1].ID != "b" || !got[1].Tick.Equal(begin) {
		t.Errorf("%s: %v, %v", name, got, err)
	}
	for cut := 0; cut < len(content); cut += 7 {
		if got, err := parse(name, content[:cut]); err == nil {
			t.Errorf("%s, cut at %d of %d, is %v", name, cut, len(content), got)
		}
	}
}

func TestAHalfWorkbookIsNone(t *testing.T) {
	for _, tick := range []any{begin.Format(time.RFC3339), begin} {
		book := excelize.NewFile()
		for i, cells := range [][]any{{"id", "tick"}, {"a", tick}, {"b", tick}} {
			if err := book.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &cells); err != nil {
				t.Fatal(err)
			}
		}
		var content bytes.Buffer
		if err := book.Write(&content); err != nil {
			t.Fatal(err)
		}
		halves(t, "a.xlsx", content.Bytes())
	}
}

func TestAHalfParquetFileIsNone(t *testing.T) {
	type texts struct {
		ID   string `parquet:"id"`
		Tick string `parquet:"tick"`
	}
	type instants struct {
		ID   string    `parquet:"id"`
		Tick time.Time `parquet:"tick,timestamp(microsecond)"`
	}
	stamp := begin.Format(time.RFC3339)
	halves(t, "a.parquet", columns(t, texts{"a", stamp}, texts{"b", stamp}))
	halves(t, "a.parquet", columns(t, instants{"a", begin}, instants{"b", begin}))
}

func columns[T any](t *testing.T, rows ...T) []byte {
	t.Helper()
	var content bytes.Buffer
	w := parquet.NewGenericWriter[T](&content)
	_, err := w.Write(rows)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func TestALetterIsRead(t *testing.T) {
	write := func(date, table string) mailtest.Letter {
		return mailtest.Letter{To: "anna@chaos.example", Data: strings.Join([]string{
			"Date: " + date, "Message-ID: <mail-1-20260302T023000Z.1.2.1@chaos.example>", "Subject: [runner] mail-1: 1 record",
			"Content-Type: multipart/mixed; boundary=b", "",
			"--b", "Content-Type: text/plain; charset=UTF-8", "", "one record", "",
			"--b", "Content-Type: text/csv", "Content-Disposition: attachment; filename=\"mail.csv\"", "Content-Transfer-Encoding: base64", "",
			base64.StdEncoding.EncodeToString([]byte(table)), "--b--", ""}, "\n")}
	}
	read := func(date, table string) arrival {
		a, err := letter(write(date, table), at(1))
		if err != nil {
			t.Error(err)
		}
		return a
	}
	first, again, other := read("Mon, 2 Mar 2026 02:30:01 +0000", "id\na\n"), read("Mon, 2 Mar 2026 02:31:01 +0000", "id\na\n"),
		read("Mon, 2 Mar 2026 02:31:01 +0000", "id\nb\n")
	if first.Job != "mail-1" || first.Run != "mail-1-20260302T023000Z" || len(first.Rows) != 1 || first.Rows[0].ID != "a" {
		t.Errorf("a letter: %+v", first)
	}
	want(t, checkArrivals([]arrival{first, again}))
	want(t, checkArrivals([]arrival{first, other}), doubled)
	if _, err := letter(write("", "id\n\"a"), at(1)); err == nil {
		t.Error("half a table was read")
	}
}

// TestWhatIsPackedIsSearched plants a token in each form that an export has.
func TestWhatIsPackedIsSearched(t *testing.T) {
	const token = "5ec2e7-that-nobody-may-see"
	book := excelize.NewFile()
	var sheet, packed bytes.Buffer
	if err := errors.Join(book.SetCellStr("Sheet1", "A1", token), book.Write(&sheet)); err != nil {
		t.Fatal(err)
	}
	zipper := gzip.NewWriter(&packed)
	_, err := zipper.Write([]byte("id,name\na," + token + "\n"))
	if err := errors.Join(err, zipper.Close()); err != nil {
		t.Fatal(err)
	}
	type named struct {
		Name string `parquet:"name,snappy,dict"`
	}
	for name, content := range map[string][]byte{
		"now.csv": []byte("id,name\na," + token + "\n"), "now.csv.gz": packed.Bytes(), "now.xlsx": sheet.Bytes(),
		"now.parquet": columns(t, named{token}, named{token + token}), "half.csv.gz": packed.Bytes()[:12],
	} {
		dir := t.TempDir()
		s := &storm{dir: dir, estate: &estate{dir: dir}, secrets: map[string]string{"the token": token}}
		path := filepath.Join(s.estate.out(), name)
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600), s.search()); err != nil {
			t.Fatal(err)
		}
		if found, planted := s.report.count[leaked] > 0, name != "half.csv.gz"; found != planted {
			t.Errorf("%s: found is %t: %v", name, found, s.report.texts)
		}
	}
}

// TestWhatMessagesSayIsHeldAgainstTheWorld plants a token, and records that were older than
// they may be, in a message and in a letter.
func TestWhatMessagesSayIsHeldAgainstTheWorld(t *testing.T) {
	const token = "5ec2e7-that-nobody-may-see"
	write := func(table, text string) arrival {
		a, err := letter(mailtest.Letter{To: "anna@chaos.example", Data: strings.Join([]string{
			"Message-ID: <mail-1-20260302T023000Z.1.2.1@chaos.example>", "Content-Type: multipart/mixed; boundary=b", "",
			"--b", "Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable", "", text, "",
			"--b", "Content-Type: text/csv", "Content-Disposition: attachment; filename=mail.csv", "Content-Transfer-Encoding: base64", "",
			base64.StdEncoding.EncodeToString([]byte(table)), "--b--", ""}, "\r\n")}, at(30))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	post := func(body string) arrival {
		r := httptest.NewRequest(http.MethodPost, "/mail-1", nil)
		a := read(r, []byte(body), "plain")
		a.At = at(30)
		return a
	}
	for name, c := range map[string]struct {
		arrival arrival
		wrong   string
	}{
		"a letter":                         {write("id\na\nb\n", "two records"), ""},
		"a letter with a token":            {write("id\na\nb\n", "5ec2e7=2Dthat-nobody-=\r\nmay-see"), leaked},
		"a letter with a file with one":    {write("id,name\na,"+token+"\nb,\n", ""), leaked},
		"a letter that is short":           {write("id\na\n", ""), stale},
		"a letter with an old record less": {write("id\na\nb\nd\n", ""), stale},
		"a message":                        {post(`{"records":[{"id":"a"},{"id":"b"}]}`), ""},
		"a message with a token":           {post(`{"run":"` + token + `"}`), leaked},
		"a message that is short":          {post(`{"records":[{"id":"b"}]}`), stale},
		"a message that is older than its tick": {post(`{"records":[{"id":"a","tick":"2026-03-02T02:30:15Z"},
			{"id":"b","tick":"2026-03-02T02:30:15Z"}]}`), stale},
	} {
		s := &storm{secrets: map[string]string{"the token": token}, world: &world{grown: map[string]growth{"p": small}},
			watcher: &watcher{jobs: map[string]job{"mail-1": {kind: kind{project: "p"}}}}}
		s.open([]arrival{c.arrival})
		if want := map[string]int{c.wrong: 1}; c.wrong == "" && len(s.report.count) > 0 || c.wrong != "" && !maps.Equal(s.report.count, want) {
			t.Errorf("%s: %v", name, s.report.texts)
		}
	}
}

// TestABuildingGrows holds that each version of the building has its elements and an element more.
func TestABuildingGrows(t *testing.T) {
	for more := range 3 {
		dir := t.TempDir()
		b := building(more)
		if _, err := b.Write(dir, "v", sample.Layout{}); err != nil {
			t.Fatal(err)
		}
		objects, cells := b.Table(sample.Objects), b.Table(sample.Cells)
		if objects.Rows != len(smallest)+more || cells.Rows != sample.Small().Table(sample.Cells).Rows+more {
			t.Errorf("%d more: %d elements, %d cells", more, objects.Rows, cells.Rows)
		}
		for i := range objects.Rows {
			want := extra(i - len(smallest))
			if i < len(smallest) {
				want = smallest[i]
			}
			if got := objects.Row(i)[1]; got != want {
				t.Errorf("element %d is %v, want %s", i, got, want)
			}
		}
	}
}

// TestAJobFileThatIsHalfIsNone holds that what is left of a job file while it is written ends inside a job.
func TestAJobFileThatIsHalfIsNone(t *testing.T) {
	text := jobFile(jobsOf(kinds, 36), somewhere)
	for cut := range 100 {
		half := text[:insideJob(text, float64(cut)/100)]
		last := half[strings.LastIndex(half, "schedule:"):]
		if strings.Contains(last, "outputs") {
			t.Fatalf("cut at %d %%, it ends with %q", cut, last)
		}
	}
	for i, harm := range damage {
		if harm(text) == text {
			t.Errorf("damage %d does none", i)
		}
	}
}

func TestManyJobsAreOfAllKinds(t *testing.T) {
	names := map[string]bool{}
	for _, j := range jobsOf(kinds, 200) {
		names[j.name] = true
		if day := 24 * time.Hour; day%j.every != 0 || day%j.spare != 0 || j.spare%j.every == 0 {
			t.Errorf("%s is due every %s, or every %s", j.name, j.every, j.spare)
		}
	}
	if len(names) != 200 || !names["house-16"] {
		t.Errorf("%d jobs", len(names))
	}
}

// TestAGateLetsThroughAsItIsTold asks through each kind of gate, and once more when it is open again.
func TestAGateLetsThroughAsItIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 3*drop))
	}))
	defer server.Close()
	g, err := newGate(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	ask := func() error {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get(g.url())
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if text, err := io.ReadAll(response.Body); err != nil || len(text) != 3*drop {
			t.Errorf("%d bytes, %v", len(text), err)
		}
		return nil
	}
	for _, way := range []passage{open, drip} {
		g.let(way)
		if err := ask(); err != nil {
			t.Errorf("gate %d: %v", way, err)
		}
	}
	if g.let(shut); ask() == nil {
		t.Error("a gate that is shut let through")
	}
	g.let(hole)
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		t.Fatal("a hole takes connections: ", err)
	}
	defer conn.Close()
	asked := make(chan error)
	go func() { asked <- ask() }()
	select {
	case err := <-asked:
		t.Error("an answer came out of a hole: ", err)
	default:
	}
	g.let(open)
	if err := <-asked; err != nil {
		t.Error("what stood still doesn't go on: ", err)
	}
}

// TestTokensThatEverWereAreKnown holds that the search for secrets knows each token that a job had.
func TestTokensThatEverWereAreKnown(t *testing.T) {
	dir := t.TempDir()
	j := jobsOf(kinds, 33)[1]
	j.secret = "token_file"
	server := fake.New(fake.Options{})
	s := &storm{dir: dir, jobs: []job{j}, purse: newPurse([]job{j}), server: server}
	for _, wrongly := range []bool{true, false} {
		if err := s.exchange(t.Context(), j, 0, wrongly); err != nil {
			t.Fatal(err)
		}
	}
	all := s.purse.of(j.name)
	if len(all) != 3 || all[0].Token == all[1].Token || all[1].Token == all[2].Token {
		t.Fatalf("%d tokens", len(all))
	}
	log, err := json.Marshal(map[string]string{"authorization": all[1].Token})
	if err != nil {
		t.Fatal(err)
	}
	want(t, checkSecrets("serve.log", log, s.known()), leaked)
}
