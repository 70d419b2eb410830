package jobs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"speckle-runner/internal/jobs/shape"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	for path, text := range map[string]func() ([]byte, error){
		"jobs.schema.json": shape.SchemaJSON,
		"docs/job-file.md": shape.ReferenceMarkdown,
	} {
		want, err := text()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
		if err != nil || !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is stale (%v): renew it with\n\tgo generate ./internal/jobs", path, err)
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := shape.SchemaJSON()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("jobs.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("jobs.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asEditor reads a file as an editor's YAML server does.
func asEditor(t *testing.T, path string) any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(path, err)
	}
	return withoutTimes(v)
}

func withoutTimes(v any) any {
	switch one := v.(type) {
	case map[string]any:
		for k := range one {
			one[k] = withoutTimes(one[k])
		}
	case []any:
		for i := range one {
			one[i] = withoutTimes(one[i])
		}
	case time.Time:
		return one.Format(time.DateOnly)
	}
	return v
}

func TestSchemaTakesGoodFiles(t *testing.T) {
	s := schema(t)
	for _, path := range append(files(t, "testdata/good/*.yaml"), filepath.Join("..", "..", "jobs.example.yaml")) {
		if err := s.Validate(asEditor(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Files whose name begins with shape- are wrong in a way that an editor can
// see without understanding them.
func TestSchemaRefusesWrongShapes(t *testing.T) {
	s := schema(t)
	for _, path := range files(t, "testdata/bad/shape-*.yaml") {
		if s.Validate(asEditor(t, path)) == nil {
			t.Errorf("the schema takes %s", path)
		}
	}
}

// A new key comes with a line in a good file, and in the reference page.
func TestEveryKeyIsUsedAndDescribed(t *testing.T) {
	var root struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]struct {
				Description string `json:"description"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	text, err := shape.SchemaJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	page, err := shape.ReferenceMarkdown()
	if err != nil {
		t.Fatal(err)
	}
	used := append(read(t, "testdata/good/full.yaml"), read(t, "testdata/good/elements.yaml")...)
	used = append(used, read(t, "testdata/good/summarize.yaml")...)
	used = append(used, read(t, "testdata/good/on-version.yaml")...)
	used = append(used, read(t, "testdata/good/mail.yaml")...)
	count := 0
	for shape, def := range root.Defs {
		for name, k := range def.Properties {
			count++
			if k.Description == "" {
				t.Errorf("%s.%s has no description", shape, name)
			}
			if !regexp.MustCompile(`(^|[\s{,])` + name + `:`).Match(used) {
				t.Errorf("%s.%s is used in no good file", shape, name)
			}
			if !strings.Contains(string(page), "| `"+name+"` |") {
				t.Errorf("%s.%s isn't on the reference page", shape, name)
			}
		}
	}
	if count < 50 || len(root.Properties) != 6 {
		t.Errorf("the schema has %d keys and %d at top level", count, len(root.Properties))
	}
}
