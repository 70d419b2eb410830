package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

// TestStillThere: each change that loading would see is told without loading, and nothing else is.
func TestStillThere(t *testing.T) {
	withQuery := strings.Replace(fileOf("a"), "query: '{ serverInfo { name } }'", "query_file: q/a.graphql", 1)
	for name, c := range map[string]struct {
		whole bool // the folder is given, not jobs.yaml
		write map[string]string
		want  bool
	}{
		"nothing":                      {want: true},
		"nothing in the folder":        {whole: true, want: true},
		"the same once more":           {write: map[string]string{"jobs.yaml": withQuery, "q/a.graphql": "{ serverInfo { name } }"}, want: true},
		"something else":               {whole: true, write: map[string]string{"notes.txt": "x"}, want: true},
		"another file":                 {write: map[string]string{"more.yaml": fileOf("c")}, want: true},
		"text":                         {write: map[string]string{"jobs.yaml": withQuery + "\n"}},
		"text, of the same size":       {write: map[string]string{"jobs.yaml": strings.Replace(withQuery, "  a:", "  z:", 1)}},
		"a query":                      {write: map[string]string{"q/a.graphql": "{ serverInfo { version } }"}},
		"no query file":                {write: map[string]string{"q/a.graphql": ""}},
		"no job file":                  {write: map[string]string{"jobs.yaml": ""}},
		"a query of one of several":    {whole: true, write: map[string]string{"q/a.graphql": "{ serverInfo { version } }"}},
		"one of several":               {whole: true, write: map[string]string{"other.yaml": fileOf("d")}},
		"a file more in the folder":    {whole: true, write: map[string]string{"more.yaml": fileOf("c")}},
		"a file less in the folder":    {whole: true, write: map[string]string{"other.yaml": ""}},
		"another name, the same again": {whole: true, write: map[string]string{"other.yaml": "", "others.yml": fileOf("b")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				path := filepath.Join(dir, name)
				err := os.MkdirAll(filepath.Dir(path), 0o700)
				if text == "" {
					err = os.Remove(path)
				} else if err == nil {
					err = os.WriteFile(path, []byte(text), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			write("jobs.yaml", withQuery)
			write("q/a.graphql", "{ serverInfo { name } }")
			given := filepath.Join(dir, "jobs.yaml")
			if c.whole {
				write("other.yaml", fileOf("b"))
				given = dir
			}
			file, problems := jobs.LoadAll([]string{given}, nil)
			if file == nil || file.Refused != nil {
				t.Fatal(problems)
			}
			for name, text := range c.write {
				write(name, text)
			}
			if got := file.StillThere(); got != c.want {
				t.Errorf("still there: %t, want %t", got, c.want)
			}
		})
	}
}

// TestStillThereOfRefused: what a refused file would bring is known by loading it.
func TestStillThereOfRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": fileOf("a"), "b.yaml": brokenFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, problems := jobs.LoadAll([]string{dir}, nil)
	if file == nil || len(file.Refused) != 1 {
		t.Fatal(problems)
	}
	if file.StillThere() {
		t.Error("a refused file is said to be in force")
	}
}
