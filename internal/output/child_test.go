package output_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// children are what the test binary does when it is started again as a
// process of its own: things that a process can't do and go on.
var children = map[string]func(dir, arg string){
	"killed":  killedChild,
	"growing": growingChild,
	"ended":   endedChild,
}

func TestMain(m *testing.M) {
	if name := os.Getenv("OUTPUT_TEST_CHILD"); name != "" {
		children[name](os.Getenv("OUTPUT_TEST_DIR"), os.Getenv("OUTPUT_TEST_ARG"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child starts the binary again and gives what it said.
func child(t *testing.T, name, dir, arg string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "OUTPUT_TEST_CHILD="+name, "OUTPUT_TEST_DIR="+dir, "OUTPUT_TEST_ARG="+arg)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// bigRecords are enough for a spool on disk.
func bigRecords() []string { return outputtest.Many(4000) }

// killedChild publishes the new export and dies at the step it is told.
func killedChild(dir, at string) {
	if err := newExportOf(dir, dieAt(at)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// dieAt kills the process at a step.
func dieAt(at string) func(step string) {
	return func(step string) {
		fmt.Println(step)
		if step != at {
			return
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil && self.Kill() == nil {
			select {} // until it arrives
		}
	}
}

func newExportOf(dir string, step func(string)) error {
	d, err := output.OpenDir(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	d.OnStep(step)
	spool, err := d.NewSpool("run-2")
	if err != nil {
		return err
	}
	defer spool.Close()
	for _, line := range bigRecords() {
		if err := spool.Append([]byte(line)); err != nil {
			return err
		}
	}
	step("spooled")
	p, err := d.Begin(target.Author{Run: "run-2"})
	if err != nil {
		return err
	}
	defer p.Abort()
	p.Await()
	text := func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		step("half written")
		return err
	}
	records := func(w io.Writer) error {
		return format.Encode(context.Background(), w, format.Format{Name: "ndjson"}, spool.Records(), format.Options{})
	}
	for _, f := range []struct {
		path  string
		o     target.CreateOptions
		write func(io.Writer) error
	}{
		{"a.csv", target.CreateOptions{Overwrite: true, Output: "{x}.csv", Latest: "latest.csv", Manifest: &target.Manifest{Job: "job"}}, text},
		{"new/folder/b.ndjson", target.CreateOptions{Overwrite: true}, records},
		{"once.json", target.CreateOptions{}, text},
	} {
		s, err := p.Create(context.Background(), f.path, f.o)
		if err != nil {
			return err
		}
		if err := errors.Join(f.write(s), s.Close()); err != nil {
			return err
		}
	}
	if _, err := p.Commit(context.Background(), nil); err != nil {
		return err
	}
	step("published")
	d.Told("run-2", 0)
	return nil
}

var (
	oldExport = map[string]string{"a.csv": "old", "latest.csv": "old"}
	newExport = map[string]string{
		"a.csv": "new", "latest.csv": "new", "once.json": "new",
		"a.csv.manifest.json": `{
  "file": "a.csv",
  "job": "job",
  "run": "run-2",
  "tick": "0001-01-01T00:00:00Z",
  "records": 0,
  "bytes": 3,
  "sha256": "` + outputtest.Sum("new") + `"
}
`,
		"new/folder/b.ndjson": strings.Join(bigRecords(), "\n") + "\n",
	}
)
