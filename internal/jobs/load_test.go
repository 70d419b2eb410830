package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
)

const small = `server: https://app.speckle.systems
jobs:
  nightly:
    schedule: "@daily"
    token_env: SPECKLE_TOKEN
    query: "{ serverInfo { version } }"
    outputs: [{ file: a.json }]
`

// told gives the message of the one problem of a text.
func told(t *testing.T, text string) string {
	t.Helper()
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file != nil || len(problems) != 1 {
		t.Fatalf("loaded: %t, problems:\n%s", file != nil, problems.Error())
	}
	return problems[0].String()
}

// What no text file holds can't stand in testdata/bad.
func TestBadBytes(t *testing.T) {
	utf16 := []byte{0xff, 0xfe}
	for _, c := range small {
		utf16 = append(utf16, byte(c), 0)
	}
	for name, c := range map[string]struct{ text, want string }{
		"UTF-16":     {string(utf16), "jobs.yaml:1:1: the file is UTF-16"},
		"over a MiB": {small + strings.Repeat("#", 1<<20), "jobs.yaml:1:1: the file is larger than 1 MiB"},
		"not UTF-8":  {small + "# Gr\xfc\xdfe\n", "jobs.yaml:8:5: the byte 0xFC isn't UTF-8"},
		"zero byte":  {small + "# a\x00", "jobs.yaml:8:4: the control character U+0000"},
		"turned": {small + "# a\u202eb\n",
			"jobs.yaml:8:4: the character U+202E, which turns the direction of what stands behind it: the file looks like another one"},
		"nothing": {"", "jobs.yaml:1:1: the file is empty"},
		"a text":  {"hello", "jobs.yaml:1:1: a job file is a mapping with the keys server: and jobs:, not \"hello\""},
		"no read": {strings.Replace(small, `query: "{ serverInfo { version } }"`, "query_file: a.graphql", 1),
			"jobs.yaml:6:17: jobs.nightly.query_file: a query file can't be read here"},
		"many problems": {small + "x: 1\n", "jobs.yaml:8:1: x: unknown key"},
	} {
		if got := told(t, c.text); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
	if file, problems := jobs.Load("jobs.yaml", []byte("\ufeff"+strings.ReplaceAll(small, "\n", "\r\n")), nil); file == nil {
		t.Errorf("a file of Windows' editor: %s", problems.Error())
	}
}

func TestProblemsAreBounded(t *testing.T) {
	text := small
	for i := range 500 {
		text += fmt.Sprintf("key%d: 1\n", i)
	}
	_, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if len(problems) != 201 || problems[200].Message != "300 more problems behind this one" {
		t.Errorf("%d problems, the last: %s", len(problems), problems[len(problems)-1])
	}
}

func TestLoadFileReadsQueriesBesideIt(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(small, `query: "{ serverInfo { version } }"`, "query_file: queries/a.graphql", 1)
	path := filepath.Join(dir, "jobs.yaml")
	write(t, path, text)
	write(t, filepath.Join(dir, "queries", "a.graphql"), "\ufeff{ serverInfo { version } }")
	first, problems := jobs.LoadFile(path)
	if first == nil {
		t.Fatal(problems.Error())
	}
	if first.Dir != dir || first.Jobs[0].Query.Text != "{ serverInfo { version } }" {
		t.Errorf("dir %s, query %q", first.Dir, first.Jobs[0].Query.Text)
	}
	write(t, filepath.Join(dir, "queries", "a.graphql"), "{ serverInfo { name } }")
	second, _ := jobs.LoadFile(path)
	if second.Hash == first.Hash || second.Jobs[0].Hash == first.Jobs[0].Hash {
		t.Error("another query has the same hash")
	}
	write(t, filepath.Join(dir, "queries", "a.graphql"), "{ serverInfo { ")
	_, problems = jobs.LoadFile(path)
	if len(problems) != 1 || problems[0].File != filepath.ToSlash(dir)+"/queries/a.graphql" || problems[0].Path != "jobs.nightly.query_file" {
		t.Errorf("problems: %s", problems.Error())
	}
	_, problems = jobs.LoadFile(filepath.Join(dir, "absent.yaml"))
	if len(problems) != 1 || problems[0].Message != "there is no such file" || problems[0].Hint == "" {
		t.Errorf("problems: %s", problems.Error())
	}
	if _, problems = jobs.LoadFile(dir); len(problems) != 1 {
		t.Errorf("a folder: %s", problems.Error())
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestScheduleWarningsPointAtTheirLine(t *testing.T) {
	text := strings.Replace(small, `schedule: "@daily"`,
		"timezone: Europe/London\n    schedule:\n      - \"0 9 * * *\"\n      - \"30 1 * * *\"", 1)
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file == nil || len(problems) > 0 {
		t.Fatal(problems.Error())
	}
	got := file.Jobs[0].ScheduleWarnings(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	want := "jobs.yaml:7:9: warning: jobs.nightly.schedule[1]: 01:30 does not exist on 2026-03-29, when clocks go forward in Europe/London"
	if len(got) != 2 || !strings.HasPrefix(got.Error(), want) || !strings.Contains(got.Error(), "      - \"30 1 * * *\"\n") {
		t.Errorf("warnings: %s\nwant %s", got.Error(), want)
	}
	manual, _ := jobs.Load("jobs.yaml", []byte(strings.Replace(small, `"@daily"`, "manual", 1)), nil)
	if w := manual.Jobs[0].ScheduleWarnings(time.Now()); len(w) > 0 {
		t.Errorf("a job without ticks: %s", w.Error())
	}
}

// A job's hash changes with what it does, and with nothing else.
func TestHash(t *testing.T) {
	base := string(read(t, "testdata/good/full.yaml"))
	hash := func(text string) string {
		t.Helper()
		dir := t.TempDir()
		for _, q := range []string{"team", "projects"} {
			write(t, filepath.Join(dir, "queries", q+".graphql"), string(read(t, "testdata/good/queries/"+q+".graphql")))
		}
		write(t, filepath.Join(dir, "jobs.yaml"), text)
		file, problems := jobs.LoadFile(filepath.Join(dir, "jobs.yaml"))
		if file == nil {
			t.Fatal(problems.Error())
		}
		return file.Job("nightly-models").Hash + file.Job("per-project").Hash + file.Job("rename").Hash
	}
	same := hash(base)
	for old, now := range map[string]string{
		"description: Every": "description: All", "# Every key, once.": "# Every key\n\n", "x-hook": "x-hooks",
		"schedule: [\"30 2 * * *\", \"0 14 * * 1-5\"]": "schedule:\n      - 30 2 * * *\n      - 0 14 * * 1-5",
	} {
		if hash(replaced(t, base, old, now)) != same {
			t.Errorf("%q to %q changes a hash", old, now)
		}
	}
	for old, now := range map[string]string{
		"test.speckle.systems:3000": "test.speckle.systems:3001", "app.speckle.systems": "latest.speckle.systems",
		"America/New_York": "America/Chicago",
		"30 2 * * *":       "31 2 * * *", "/run/secrets/speckle": "/run/secrets/other", "SPECKLE_TOKEN_DEFAULT": "OTHER",
		"[streams:read, users:read]":               "[users:read, streams:read]",
		"items { id name author { name } versions": "items { id versions", "limit: 200\n": "limit: 51\n", "1.10": "1.1", "note: null": "note: 0",
		"\"{{x}}\"":              "\"{{y}}\"",
		"\"{id, name, author}\"": "\"{id, name, author: .author}\"", "{date}.data": "{tick}.data",
		"format: csv.gz": "format: csv.zst\n        # latest\n        ", "columns: [id, ": "columns: [",
		"by, path: author.name":              "by, path: author.id",
		"who, path: author.id, type: string": "who, path: author.id, type: date",
		"formula_guard: true":                "formula_guard: false", "bom: true": "bom: false", "\";\"": "\"|\"", "keep: 30": "keep: 31",
		"overwrite: false": "overwrite: true",
		"manifest: true":   "manifest: false", "ignore: [author.name]": "ignore: [name]", "?tick={tick}": "?t={tick}",
		"HOOK_SECRET":        "HOOK_KEY",
		"signature: speckle": "signature: standard", "X-Source: runner": "X-Source: other", "Authorization: HOOK_AUTH": "Authorization: OTHER",
		"batch: 100":        "batch: 99",
		"only_if_any: true": "only_if_any: false", "preset: slack": "preset: discord",
		"body: \"{text: .job}\"\n      - file": "body: \"{t: .job}\"\n      - file",
		"timeout: 45m":                         "timeout: 46m", "retries: 5": "retries: 4", "max_bytes: 2GiB": "max_bytes: 3GiB",
		"retry_for: 90m": "retry_for: 91m",
		"overlap: queue": "overlap: replace", "missed: all": "missed: last", "missed_window: 48h": "missed_window: 47h",
		"spread: 10m": "spread: 9m", "on_partial: keep": "on_partial: fail", "complete: warn": "complete: off", "62.5%": "62%",
		"on: [success]": "on: [success, skipped]",
		"cooldown: 30m": "cooldown: 31m", "PING_URL": "PING", "disabled: true": "disabled: false", "concurrency: 8": "concurrency: 9",
		"batch: 12": "batch: 13", ".id, name}": ".id}", "first: 1": "first: 0",
		"{each.id} {date}": "{each.id}", "send: records\n        batch: 100": "send: summary",
	} {
		text := replaced(t, base, old, now)
		if strings.HasPrefix(now, "format: csv.zst") {
			text = replaced(t, text, "latest.csv.gz", "latest.csv.zst")
		}
		if old == ".id, name}" {
			text = replaced(t, text, "{each.name}", "{each.projectId}")
		}
		if hash(text) == same {
			t.Errorf("%q to %q changes no hash", old, now)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func replaced(t *testing.T, text, old, now string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("no %q to replace", old)
	}
	return strings.Replace(text, old, now, 1)
}
