package jobs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/shape"
)

// keys are those that a mapping may have beside its own, as far as it shows what it is.
func keys(n *yaml.Node) (more []string) {
	has := func(key string) bool {
		return n.Kind == yaml.MappingNode && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key })
	}
	var is any
	switch {
	case has("outputs"):
		is = shape.Job{}
	case has("file"), has("webhook"), has("webhook_env"), has("email"):
		is = shape.Output{}
	default:
		return nil
	}
	for _, key := range shape.KeysOf(reflect.TypeOf(is)) {
		if !has(key.Name) {
			more = append(more, key.Name)
		}
	}
	return more
}

func jobsOf(file *yaml.Node) *yaml.Node {
	at := slices.IndexFunc(file.Content, func(c *yaml.Node) bool { return c.Value == "jobs" })
	return file.Content[at+1]
}

// TestAWrongValueIsToldWhereverItStands: each value of the good files in turn is another one, that
// mostly doesn't fit, and what else the job has is checked all the same.
func TestAWrongValueIsToldWhereverItStands(t *testing.T) {
	paths, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	wrong := []yaml.Node{
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: "-5m"},
		{Kind: yaml.ScalarNode, Tag: "!!null", Value: "~"},
		{Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.SequenceNode}}},
		{Kind: yaml.MappingNode},
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var document yaml.Node
			if err := yaml.Unmarshal(data, &document); err != nil {
				t.Fatal(err)
			}
			read := func(string) ([]byte, error) { return []byte("{ serverInfo { version } }"), nil }
			load := func(place string) {
				text, err := yaml.Marshal(&document)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("%s: %v", place, p)
					}
				}()
				if f, problems := jobs.Load("jobs.yaml", text, read); (f == nil) != (len(problems.Errors()) > 0) {
					t.Errorf("%s: file %t, problems: %s", place, f != nil, problems.Error())
				}
			}
			var walk func(n *yaml.Node, place string)
			walk = func(n *yaml.Node, place string) {
				was, tried := *n, wrong
				if n.Kind == yaml.ScalarNode { // for which a list or a mapping is as wrong as a text
					tried = wrong[:2]
				}
				for i := range tried {
					*n = wrong[i]
					load(fmt.Sprintf("%s = %s%v", place, wrong[i].Value, wrong[i].Kind))
				}
				*n = was
				for _, key := range keys(n) {
					n.Content = append(slices.Clip(was.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: key}, nil)
					for i := range wrong[:2] {
						n.Content[len(n.Content)-1] = &wrong[i]
						load(fmt.Sprintf("%s.%s = %s%v", place, key, wrong[i].Value, wrong[i].Kind))
					}
				}
				*n = was
				for i, child := range n.Content {
					if n.Kind == yaml.MappingNode && i%2 == 0 {
						continue
					}
					walk(child, fmt.Sprintf("%s[%d]", place, i))
				}
			}
			all := jobsOf(document.Content[0])
			each := all.Content
			for i := 0; i < len(each); i += 2 { // alone, a job is read faster
				all.Content = each[i : i+2]
				walk(each[i+1], each[i].Value)
			}
			all.Content = each[:2]
			walk(document.Content[0], "the file")
		})
	}
}
