package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle"
)

// leakSearch finds secrets in bytes, in every form that software gives them.
// It shares no code with what keeps them out.
type leakSearch struct{ needles []leakNeedle }

type leakNeedle struct {
	secret, form string
	text         []byte
}

func newLeakSearch(secrets map[string]string) *leakSearch {
	s := &leakSearch{}
	for name, text := range secrets {
		s.add(name, text)
	}
	return s
}

func (s *leakSearch) add(name, text string) {
	for form, texts := range leakForms(text) {
		for _, one := range texts {
			s.needles = append(s.needles, leakNeedle{name, form, []byte(one)})
		}
	}
}

// addPieces looks for a good part of a text: what a cut may leave of it. A
// token's first ten digits are no secret.
func (s *leakSearch) addPieces(form, text string) {
	for at := 0; at+18 <= len(text); at += 3 {
		s.needles = append(s.needles, leakNeedle{"the token", form, []byte(text[at : at+18])})
	}
}

// leakForms gives what a text looks like: raw, base64 at each of its three
// alignments, and so on.
func leakForms(text string) map[string][]string {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	escaped, _ := json.Marshal(text)
	reversed := []rune(text)
	slices.Reverse(reversed)
	query, path := url.QueryEscape(text), url.PathEscape(text)
	forms := map[string][]string{
		"raw": {text}, "reversed": {string(reversed)},
		"JSON":       {string(escaped[1 : len(escaped)-1]), strings.TrimSuffix(plain.String()[1:], "\"\n")},
		"URL":        {query, path, strings.ReplaceAll(query, "+", "%20")},
		"hex":        {hex.EncodeToString([]byte(text)), fmt.Sprintf("%X", text)},
		"base64":     leakBase64(text, base64.RawStdEncoding),
		"base64 URL": leakBase64(text, base64.RawURLEncoding),
	}
	return forms
}

func leakBase64(text string, encoding *base64.Encoding) []string {
	var forms []string
	for before := range 3 {
		whole := encoding.EncodeToString([]byte(strings.Repeat("x", before) + text))
		from, to := (before*8+5)/6, (before+len(text))*8/6 // digits that nothing beside the text bears on
		forms = append(forms, whole[from:to])
	}
	return forms
}

// in gives what a place holds that it must not; a secret that is allowed there
// is left out.
func (s *leakSearch) in(place string, content []byte, allowed ...string) []string {
	var found []string
	for _, n := range s.needles {
		if bytes.Contains(content, n.text) && !slices.Contains(allowed, n.secret) {
			found = append(found, fmt.Sprintf("%s holds %s (%s)", place, n.secret, n.form))
		}
	}
	return found
}

// below reads every byte of every file below a folder, databases with their
// write-ahead logs included; but the files of tokens.
func (s *leakSearch) below(t *testing.T, dir string) (found []string, files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), "mounted-token") {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		found = append(found, s.in(path, content)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, files
}

// TestPlantedLeaksAreFound: the search that finds nothing elsewhere finds each
// form of each kind of secret, in every kind of place.
func TestPlantedLeaksAreFound(t *testing.T) {
	secrets := map[string]string{
		"token": "0123456789abcdef0123456789abcdef0123456789", "secret": `whk "7e0d/+55&<é>`, "path": "T0pS3cretPath-91f3",
		"header": "Basic dXNlcjpwYXNz+/=",
	}
	s := newLeakSearch(secrets)
	dir := t.TempDir()
	for name, text := range secrets {
		for form, texts := range leakForms(text) {
			for i, planted := range texts {
				content := []byte("before " + planted + " after")
				want := fmt.Sprintf("here holds %s (%s)", name, form)
				if got := s.in("here", content); !slices.Contains(got, want) {
					t.Errorf("%q: %q, want %q", content, got, want)
				}
				if got := s.in("here", content, name); len(got) != 0 {
					t.Errorf("%q is allowed: %q", content, got)
				}
				for _, place := range []string{"node.log", ".runner/runner.db-wal", "exports/a.csv.manifest.json"} {
					path := filepath.Join(dir, fmt.Sprintf("%s-%s-%d", name, form, i), place)
					write(t, path, string(content))
					found, files := s.below(t, filepath.Dir(path))
					if !slices.Contains(found, fmt.Sprintf("%s holds %s (%s)", path, name, form)) || files != 1 {
						t.Errorf("%s, with %s as %s: %q", place, name, form, found)
					}
				}
			}
		}
		// A whole text that is encoded together with what stands around it.
		for _, around := range []string{"", "u", "us", "user:"} {
			coded := base64.StdEncoding.EncodeToString([]byte(around + text + "!"))
			if len(s.in("here", []byte(coded))) == 0 {
				t.Errorf("%s behind %q in base64 isn't found: %s", name, around, coded)
			}
		}
		if found := plantInSQLite(t, s, filepath.Join(dir, "database of "+name), text); len(found) == 0 {
			t.Errorf("%s in SQLite isn't found", name)
		}
	}
	if got := s.in("here", []byte("nothing at all")); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// plantInSQLite looks while the row is in the write-ahead log.
func plantInSQLite(t *testing.T, s *leakSearch, dir, text string) (found []string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "planted.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"PRAGMA journal_mode = WAL", "CREATE TABLE planted (args BLOB)",
		"INSERT INTO planted VALUES ('" + text + "')", "DELETE FROM planted"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	found, _ = s.below(t, dir)
	return found
}

// TestPanicsDontLeak: what a run was doing when it broke is told, and what the
// panic says of its token isn't; after the run nobody knows the token any more.
func TestPanicsDontLeak(t *testing.T) {
	w := newLeakWorld(t)
	dir := t.TempDir()
	w.write(t, dir)
	for _, one := range w.env {
		name, value, _ := strings.Cut(one, "=")
		t.Setenv(name, value)
	}
	var log bytes.Buffer
	s := &settings{streams: streams{out: &log, err: &log}, files: []string{filepath.Join(dir, "jobs.yaml")}, outputDir: dir,
		logLevel:  "trace",
		logFormat: "json"}
	logs, err := s.newLogging(&log, false, zerolog.InfoLevel)
	if err != nil {
		t.Fatal(err)
	}
	file, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	exports, err := output.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer exports.Close()
	runner := &run.Runner{Dir: exports, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport()}
	redactor, forget := logs.Redactor.Lend()
	bearer := "Bearer " + w.secrets["LEAK_TOKEN_GOOD"]
	coded := base64.StdEncoding.EncodeToString([]byte(bearer))
	result := runner.Execute(t.Context(), run.Request{
		Job: file.Job("good"), Run: "broken", Tick: time.Unix(0, 0), Attempt: 1, Log: logs.Logger(redactor, nil), Redactor: redactor,
		Hold: func(context.Context) (time.Time, error) { panic(bearer + " " + coded) },
	})
	process := logs.Logger(logs.Redactor, nil)
	process.Error().Msg("of the process: " + coded)
	if said := log.String(); !strings.Contains(result.Error, "the program broke: Bearer ") || !strings.Contains(said, `"stack":"goroutine `) ||
		!strings.Contains(said, "of the process: ") {
		t.Errorf("%+v\n%s", result, said)
	}
	told, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range append(w.search.in("the log", log.Bytes()), w.search.in("the result", told)...) {
		t.Error(leak)
	}
	forget()
	if text := "after it " + coded; redactor.Text(text) != text || logs.Redactor.Text(text) != text {
		t.Error("the token is still known when its run is over")
	}
}
