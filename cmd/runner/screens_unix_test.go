//go:build unix

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// nasty is what a terminal would obey, and what nobody would see.
const nasty = "be\x1b[2Jfore \u009b31m\a \u202eevil\u200b"

// obeyed gives the first character of a text that isn't plain.
func obeyed(text string) (found rune, is bool) {
	for _, r := range text {
		if r != '\n' && r != '\t' && (r < ' ' || r > '~') && r != '…' {
			return r, true
		}
	}
	return 0, false
}

// TestOldRowsObeyNobody: a ledger that an older version wrote holds texts as
// servers gave them.
func TestOldRowsObeyNobody(t *testing.T) {
	t.Setenv("SCREEN_TOKEN", "unused-but-set")
	dir := t.TempDir()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(dir, "runner.db")
		oldRows(t, dir, "sqlite:"+path, func(statement string, args ...any) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), strings.ReplaceAll(statement, "$", "?"), args...); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("postgres", func(t *testing.T) {
		_, dsn := newCluster(t)
		oldRows(t, dir, dsn, func(statement string, args ...any) { storetest.Exec(t, dsn, statement, args...) })
	})
}

func oldRows(t *testing.T, dir, dsn string, change func(statement string, args ...any)) {
	t.Helper()
	file := filepath.Join(dir, "jobs.yaml")
	write(t, file, `server: http://127.0.0.1:1
defaults: { retries: 0, timeout: 1s, token_env: SCREEN_TOKEN }
jobs:
  old:
    schedule: manual
    query: "{ serverInfo { version } }"
    outputs: [{ file: "{job}.json" }]
`)
	runner := func(args ...string) (out, errs string) {
		var to [2]bytes.Buffer
		execute(t.Context(), append(args, "--database", dsn), streams{out: &to[0], err: &to[1]})
		return to[0].String(), to[1].String()
	}
	runner("run", "old", "-f", file, "--output-dir", dir, "--tick", "2026-03-02T02:30:00Z")
	warnings, _ := json.Marshal([]string{nasty})
	change("UPDATE runs SET error = $1, node = $1, warnings = $2", nasty+"\nstate       succeeded", string(warnings))
	change("UPDATE attempts SET error = $1, log = $1", nasty)
	for _, args := range [][]string{{"runs"}, {"runs", "-o", "json"}, {"show", "old-20260302T023000Z"},
		{"show", "old-20260302T023000Z", "-o", "json"}} {
		out, errs := runner(args...)
		if r, is := obeyed(out + errs); is || !strings.Contains(out, "fore") {
			t.Errorf("%s: %q in %q, %q", args, r, out, errs)
		}
		if strings.Contains(out, "\nstate       succeeded") {
			t.Errorf("%s: an error passes for a field:\n%s", args, out)
		}
		var runs []store.Run
		if args[len(args)-1] == "json" && args[0] == "runs" && (json.Unmarshal([]byte(out), &runs) != nil ||
			!strings.HasPrefix(runs[0].Error, nasty)) {
			t.Errorf("JSON means something else: %s", out)
		}
	}
}

// TestLogsObeyNobody: neither a message nor a field of a log acts on a
// terminal, in any format; the console's own colors do.
func TestLogsObeyNobody(t *testing.T) {
	for _, format := range []string{"console", "json"} {
		for _, terminal := range []bool{false, true} {
			t.Setenv("NO_COLOR", "")
			var out, kept bytes.Buffer
			logs, err := (&settings{logFormat: format}).newLogging(said.NewScreen(&out), terminal, zerolog.TraceLevel)
			if err != nil {
				t.Fatal(err)
			}
			log := logs.Logger(&secret.Redactor{}, &kept)
			for _, level := range []zerolog.Level{zerolog.TraceLevel, zerolog.InfoLevel, zerolog.ErrorLevel} {
				log.WithLevel(level).Str("field", nasty).Strs("list", []string{nasty}).Interface("any", map[string]string{"x": nasty}).
					Str("error", nasty+"\nof two lines").Msg(nasty + "\n12:00:00 ERR forged")
			}
			plain := out.String()
			for _, own := range []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[34m", "\x1b[36m", "\x1b[90m"} {
				plain = strings.ReplaceAll(plain, own, "")
			}
			if r, is := obeyed(plain); is || !strings.Contains(plain, "fore") {
				t.Errorf("%s: %q in %q", format, r, plain)
			}
			if r, is := obeyed(kept.String()); is {
				t.Errorf("the run's log: %q in %q", r, kept.String())
			}
			if strings.Contains(plain+kept.String(), "\n12:00:00 ERR forged") {
				t.Errorf("%s: a message passes for a line of its own: %q", format, plain)
			}
			if colored := strings.Contains(out.String(), "\x1b["); colored != (terminal && format == "console") {
				t.Errorf("%s on a terminal (%v): colors %v", format, terminal, colored)
			}
		}
	}
}
