package output_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// growingChild adds the second day to a file and dies at the step it is told.
func growingChild(dir, at string) {
	d, err := output.OpenDir(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	output.OnStep(d, dieAt(at))
	if err := growBy(d, "a.csv", day(2), `{"id":2}`); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("grown")
}

func growBy(d *output.Dir, path string, tick time.Time, line string) error {
	p, err := d.Begin(target.Author{Run: "job-" + tick.Format("20060102T150405Z"), Tick: tick})
	if err != nil {
		return err
	}
	defer p.Abort()
	s, err := p.Create(context.Background(), path, replace)
	if err != nil {
		return err
	}
	f, err := format.Of(path)
	if err != nil {
		return err
	}
	if _, err := s.Append(context.Background(), target.Append{Format: f, Records: outputtest.NDJSON(line), Tick: tick}); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = p.Commit(context.Background(), nil)
	return err
}

// TestAppendKilledAtEveryStep kills a process that appends, and lets another
// one, which runs already and recovers nothing, take the run: its rows are in the
// file once, whatever was in place by then. A recovery afterwards changes nothing.
func TestAppendKilledAtEveryStep(t *testing.T) {
	for _, first := range []bool{false, true} {
		said, err := child(t, "growing", t.TempDir(), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		steps := strings.Split(strings.TrimSpace(said), "\n")
		if len(steps) < 4 {
			t.Fatalf("the steps are %q", steps)
		}
		for _, step := range steps {
			t.Run(fmt.Sprint(step, first), func(t *testing.T) {
				d := openDir(t, t.TempDir())
				want := "id\n2\n3\n"
				if !first {
					mustGrow(t, d, "a.csv", day(1), `{"id":1}`)
					want = "id\n1\n2\n3\n"
				}
				if said, err := child(t, "growing", d.Path(), step); err == nil && step != "grown" {
					t.Fatalf("it wasn't killed: %s", said)
				}
				mustGrow(t, d, "a.csv", day(2), `{"id":2}`)
				mustGrow(t, d, "a.csv", day(3), `{"id":3}`)
				for range 2 {
					if got := read(t, d, "a.csv"); got != want {
						t.Errorf("%q, want %q", got, want)
					}
					recoverDir(t, d.Path())
				}
				mustGrow(t, d, "a.csv", day(2), `{"id":20}`)
				if got, want := read(t, d, "a.csv"), strings.Replace(want, "2", "20", 1); got != want {
					t.Errorf("once more: %q, want %q", got, want)
				}
			})
		}
	}
}

// TestAppendKilledThenEdited: what a person adds behind what a killed process
// left stays, and is told.
func TestAppendKilledThenEdited(t *testing.T) {
	for _, step := range []string{"moved .a.csv.parts.json", "moved a.csv"} {
		d := openDir(t, t.TempDir())
		mustGrow(t, d, "a.csv", day(1), `{"id":1}`)
		if said, err := child(t, "growing", d.Path(), step); err == nil {
			t.Fatalf("it wasn't killed: %s", said)
		}
		edited := read(t, d, "a.csv") + "99\n"
		if err := os.WriteFile(d.Path()+"/a.csv", []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		warning, err := grow(t, d, "a.csv", day(2), outputtest.NDJSON(`{"id":2}`), format.Options{})
		if err != nil || !strings.Contains(warning, "a.csv was changed by somebody else") {
			t.Errorf("%s: %q, %v", step, warning, err)
		}
		if got := read(t, d, "a.csv"); got != edited+"2\n" {
			t.Errorf("%s: %q, want %q and the run's", step, got, edited)
		}
	}
}
