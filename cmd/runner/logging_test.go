package main

import (
	"bytes"
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
		log := logs.Logger(&secret.Redactor{}, nil)
		log.Error().Str("error", problems).Msg("not reloaded")
		log.Error().Str("error", "one line").Msg("short")
		if got := out.String(); !strings.Contains(got, want) || format == "console" && !strings.Contains(got, `error="one line"`) {
			t.Errorf("%s: %s", format, got)
		}
	}
}
