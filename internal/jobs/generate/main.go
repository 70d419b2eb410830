// Command generate writes what follows from the structs of the job file:
// jobs.schema.json and docs/job-file.md. go generate ./internal/jobs runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"speckle-runner/internal/jobs/shape"
)

func main() {
	if err := write(filepath.Join("..", "..")); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write puts both files below the root of the project.
func write(root string) error {
	for name, text := range map[string]func() ([]byte, error){
		"jobs.schema.json": shape.SchemaJSON,
		"docs/job-file.md": shape.ReferenceMarkdown,
	} {
		page, err := text()
		if err != nil {
			return err
		}
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, page, 0o644); err != nil {
			return err
		}
	}
	return nil
}
