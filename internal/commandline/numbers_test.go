package commandline_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"

	"speckle-runner/internal/commandline"
)

// TestZeroMeansWhatTheHelpSays: a number that nobody thought of is refused at 0.
func TestZeroMeansWhatTheHelpSays(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"--bare=0":         "--bare 0: want 1 or more",
		"--bare=-1":        "--bare -1: want 1 or more",
		"--bare=1":         "",
		"--bare-for=0":     "--bare-for 0s: want more than 0",
		"--bare-for=1ms":   "",
		"--said=0":         "",
		"--said=-1":        "--said -1: want 0 or more",
		"--said-for=0s":    "",
		"--said-for=-1ms":  "--said-for -1ms: want 0 or more",
		"--word=0":         "",
		"--said-for=1h10m": "",
	} {
		flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
		flags.Int("bare", 1, "how many")
		flags.Duration("bare-for", time.Second, "how long")
		flags.Int("said", 1, "how many (0: no limit)")
		flags.Duration("said-for", time.Second, "how long (0: at once)")
		flags.String("word", "", "a text")
		if err := flags.Parse([]string{given}); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := commandline.CheckNumbers(flags); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", given, got, want)
		}
	}
}
