package daemon

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]level{
		`{"level":"info","message":"ready"}`: levelInfo,
		`{"level":"warn","message":"late"}`:  levelWarning,
		`{"level":"error","message":"x"}`:    levelError,
		"jobs.yaml:3:1: unknown key":         levelError,
	} {
		if got := eventLevel([]byte(line)); got != want {
			t.Errorf("%s: %d", line, got)
		}
	}
	long := eventText([]byte("\x00a\xff" + strings.Repeat("é", maxEvent) + "\n"))
	if len(long) > maxEvent+3 || !utf8.ValidString(long) || strings.ContainsRune(long, 0) || !strings.HasPrefix(long, "a\uFFFD") {
		t.Errorf("%d bytes: %.20q", len(long), long)
	}
}

func TestWhichEndsAreStartedAgain(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]bool{1: false, 2: true, 3: true, 4: false, 130: false} {
		if hopeless(code) != want {
			t.Errorf("exit code %d", code)
		}
	}
}
