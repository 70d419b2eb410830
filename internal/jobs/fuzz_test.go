package jobs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
)

// Whatever a file holds, Load says where it is wrong, or gives jobs; and it
// never shows a token.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", "../../jobs.example.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal(pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problems := jobs.Load("jobs.yaml", data, func(name string) ([]byte, error) {
			if strings.Contains(name, "absent") {
				return nil, errors.New("no such file")
			}
			return data, nil
		})
		if (file == nil) != (len(problems.Errors()) > 0) {
			t.Fatalf("file: %t, problems: %s", file != nil, problems.Error())
		}
		lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data),
			"\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Col < 1 || p.Col > len(data)+2 || p.Message == "" {
				t.Errorf("a problem outside the file: %s", p)
			}
		}
		if found := secret.FindTokens([]byte(problems.Error())); len(found) > 0 {
			t.Errorf("a token is shown: %s", problems.Error())
		}
		if file == nil {
			return
		}
		for _, j := range file.Jobs {
			if (j.Query == nil) == (j.Elements == nil) || j.Server.IsZero() || j.Token.IsZero() || len(j.Outputs) == 0 || j.Zone == nil ||
				j.Timeout <= 0 || len(j.Hash) != 64 {
				t.Errorf("job %s isn't whole", j.Name)
			}
			if !j.Manual && j.OnVersion == nil && len(j.Schedule.Specs()) == 0 {
				t.Errorf("job %s has no schedule", j.Name)
			}
		}
	})
}
