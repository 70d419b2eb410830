package internal_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named are the files and folders that a page names, `internal/run/run.go`.
var named = regexp.MustCompile("`((?:cmd|internal|bench|docs)/[A-Za-z0-9_./-]*)`(?:, `([a-z_]+\\.go)`)?(?:, `([a-z_]+\\.go)`)?")

// links are the places that a page points to, [text](page.md#part).
var links = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// TestPagesNameWhatIsThere: what the pages name, and point to, exists.
func TestPagesNameWhatIsThere(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := filepath.Glob("../docs/decisions/*.md")
	if err != nil || len(pages) < 5 || len(decisions) < 10 {
		t.Fatal(pages, decisions, err)
	}
	for _, page := range append(append(pages, decisions...), "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range links.FindAllStringSubmatch(string(text), -1) {
			exists(t, page, filepath.Join(filepath.Dir(page), found[1]))
		}
		if name := filepath.Base(page); name != "design.md" && name != "extending.md" {
			continue // decisions tell of what was there then
		}
		for _, found := range named.FindAllStringSubmatch(string(text), -1) {
			exists(t, page, filepath.Join("..", found[1]))
			for _, beside := range found[2:] {
				if beside != "" {
					exists(t, page, filepath.Join("..", path.Dir(strings.TrimSuffix(found[1], "/")), beside))
				}
			}
		}
	}
}

func exists(t *testing.T, page, file string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s names %s, which isn't there", page, file)
	}
}
