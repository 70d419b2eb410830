package display

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"

	"speckle-runner/internal/logging"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
)

// TestWaitingSaysWhy: on a terminal only warnings are logged, so the reason of
// a failed attempt is one; elsewhere the log has it from the run's end.
func TestWaitingSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		bars *mpb.Progress
		want string
	}{
		"terminal": {mpb.New(mpb.WithOutput(io.Discard)), "WRN attempt 1 of 3 failed: the server is away; next in 10.0s job=models"},
		"log":      {nil, "INF attempt 1 of 3 failed, next in 10.0s job=models"},
	} {
		var out bytes.Buffer
		logs := logging.New(&out, logging.Console, false, zerolog.InfoLevel)
		shown := New(logs.Logger(&secret.Redactor{}, nil), c.bars)
		line := shown.Line("models")
		line.Waiting("attempt 1 of 3 failed", "the server is away", 10*time.Second)
		if text := line.line(); text != "attempt 1 of 3 failed, next in 10.0s" {
			t.Errorf("%s: the moving line is %q", name, text)
		}
		line.Done()
		shown.Close()
		if got := strings.TrimSpace(out.String()); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestReadingAgainIsSaid: numbers that stand still have a reason.
func TestReadingAgainIsSaid(t *testing.T) {
	l := &Line{bar: &mpb.Bar{}, begun: time.Now().Add(-time.Hour)}
	l.Progress(run.Progress{Stage: run.ReadingAgain, Pages: 100, Records: 9903, Total: 10_000})
	if line := l.line(); line != "reading again  100 pages  9,903 of 10,000 records (99%)" {
		t.Errorf("the moving line is %q", line)
	}
}
