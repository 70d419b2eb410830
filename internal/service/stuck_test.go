package service

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// A run that goes on although its timeout is over is warned of and counted, once; one that has ended isn't.
func TestARunThatCannotBeStoppedIsTold(t *testing.T) {
	t.Parallel()
	for name, took := range map[string]time.Duration{"in time": 4 * time.Second, "undoing": 40 * time.Second, "stuck": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log := &bytes.Buffer{}
				counted, most := 0, 0
				count := func() func() {
					counted++
					most = max(most, counted)
					return func() { counted-- }
				}
				ended := watchStuck(zerolog.New(log), count, &jobs.Job{Name: "doors", Timeout: 5 * time.Second}, store.Claim{Run: "doors-1", Attempt: 1})
				time.Sleep(took) // of the bubble's clock
				ended()
				time.Sleep(time.Hour)
				synctest.Wait()
				want := 0
				if name == "stuck" {
					want = 1
				}
				if got := strings.Count(log.String(), `"run":"doors-1"`); got != want {
					t.Errorf("%d warnings, want %d: %s", got, want, log)
				}
				if most != want || counted != 0 {
					t.Errorf("%d were counted at once, want %d; %d when it had ended", most, want, counted)
				}
			})
		})
	}
}
