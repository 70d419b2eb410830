// Command generate makes data/schema.json, the facts of Speckle's schema, anew:
// from the type definitions of a server's source, which name the scopes of each
// field, or from an introspection, which doesn't. go generate
// ./internal/speckle/query runs it on the recorded introspection.
//
// What no schema tells stays as it is in the old file: what the scopes are for,
// checks in the server's code, fields that are null without a word; and, with
// an introspection, the directives of fields that the old file has.
//
//	go run ./internal/speckle/query/generate -source "specklesystems/speckle-server COMMIT (DATE)" \
//	    $(find speckle-server/packages/server/assets -name '*.graphql')
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	file := flag.String("file", "data/schema.json", "the facts: read, and written anew")
	source := flag.String("source", "", "where the schema comes from, with its commit and date; empty: as the file says")
	flag.Parse()
	if err := renew(*file, *source, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// renew writes the facts of schemas into a file that holds older ones.
func renew(file, source string, schemas []string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	texts := map[string][]byte{}
	for _, name := range schemas {
		if texts[name], err = read(name); err != nil {
			return err
		}
	}
	made, warnings, err := facts(old, source, texts)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "generate: warning:", w)
	}
	return os.WriteFile(file, made, 0o644)
}

func read(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil || !strings.HasSuffix(name, ".gz") {
		return text, err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return io.ReadAll(unzipped)
}
