package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/secret"
)

// TestConsoleShowsLinesAsLines: a job file's problems are read by people on a
// console, and by programs elsewhere.
func TestConsoleShowsLinesAsLines(t *testing.T) {
	const problems = "jobs.yaml:4:5: unknown key\n    quary: x\n    ^"
	for format, want := range map[string]string{
		"console": "ERR not reloaded error=\n" + problems + "\n",
		"json":    `"error":"jobs.yaml:4:5: unknown key\n    quary: x\n    ^"`,
	} {
		var out bytes.Buffer
		logs, err := (&settings{logFormat: format}).newLogging(&out, false, zerolog.InfoLevel)
		if err != nil {
			t.Fatal(err)
		}
		log := logs.logger(&secret.Redactor{}, nil)
		log.Error().Str("error", problems).Msg("not reloaded")
		log.Error().Str("error", "one line").Msg("short")
		if got := out.String(); !strings.Contains(got, want) || format == "console" && !strings.Contains(got, `error="one line"`) {
			t.Errorf("%s: %s", format, got)
		}
	}
}

// TestRunLogKeepsBothEnds: what went wrong stands at the end of a long log.
func TestRunLogKeepsBothEnds(t *testing.T) {
	var l runLog
	for i := range 20_000 {
		fmt.Fprintf(&l, "line %05d\n", i)
	}
	text := l.String()
	if !strings.HasPrefix(text, "line 00000\n") || !strings.HasSuffix(text, "line 19999\n") || !strings.Contains(text, " lines …\n") || len(text) > 2*maxRunLog+100 {
		t.Errorf("%d bytes: %.40q … %q", len(text), text, text[max(0, len(text)-40):])
	}
	var short runLog
	fmt.Fprintln(&short, "only this")
	if short.String() != "only this\n" {
		t.Errorf("%q", short.String())
	}
}
