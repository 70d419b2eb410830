// Licences lists the modules that are compiled into runner, and those that only
// its tests and tools use, with the licence that each one's own files give. One
// that isn't in the list of allowed ones, or can't be told, is an error. It reads
// the module cache and no network, and is no lawyer.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are licences under which runner can be passed on as it is, source and
// binary, under its own.
var allowed = map[string]bool{
	"Apache-2.0": true, "MIT": true, "BSD-2-Clause": true, "BSD-3-Clause": true, "ISC": true, "0BSD": true,
	"Unlicense": true, "MPL-2.0": true, "Zlib": true, "CC0-1.0": true,
}

// covered is how much of a licence file must be known words: a few of its own,
// such as a list of authors, may stand beside them.
const covered = 75

type module struct {
	Path, Dir string
	Main      bool
	Replace   *module
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: licences PAGE PLATFORM…")
		os.Exit(2)
	}
	page, err := list(os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Args[1] == "-" {
		fmt.Print(page)
		return
	}
	was, err := os.ReadFile(os.Args[1])
	if err != nil || string(was) != page {
		fmt.Fprintf(os.Stderr, "%s isn't what the modules say: make licences renews it\n", os.Args[1])
		os.Exit(1)
	}
}

// list makes the page, of the modules of all platforms.
func list(platforms []string) (string, error) {
	shipped, all := map[string]string{}, map[string]string{}
	for _, platform := range platforms {
		if err := modules(platform, shipped, "./cmd/runner"); err != nil {
			return "", err
		}
	}
	if err := modules(platforms[0], all, "-test", "./..."); err != nil {
		return "", err
	}
	maps.DeleteFunc(all, func(path, _ string) bool { _, is := shipped[path]; return is })
	var b strings.Builder
	b.WriteString("# Licences\n\nMade by `make licences` from the modules' own files. Versions are in go.mod and in the SBOM (`make sbom`).\n")
	err := errors.Join(
		table(&b, "In the program", shipped),
		table(&b, "In tests and the bench only", all))
	return b.String(), err
}

// modules adds the modules that packages are compiled from, with their folders.
func modules(platform string, into map[string]string, packages ...string) error {
	command := exec.Command("go", append([]string{"list", "-deps", "-json=Module"}, packages...)...)
	system, processor, _ := strings.Cut(platform, "/")
	command.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("list the modules for %s: %w", platform, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct{ Module *module }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m := p.Module; m != nil && !m.Main {
			if m.Replace != nil {
				m.Dir = m.Replace.Dir
			}
			into[m.Path] = m.Dir
		}
	}
}

func table(b *strings.Builder, title string, modules map[string]string) error {
	fmt.Fprintf(b, "\n## %s\n\n| module | licence |\n|---|---|\n", title)
	var problems []error
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		ids, err := licence(modules[path])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
		}
		fmt.Fprintf(b, "| %s | %s |\n", path, strings.Join(ids, ", "))
	}
	return errors.Join(problems...)
}

// licence reads the licence files at a module's root. Words that aren't known,
// such as those about a logo, must stand beside a file that is.
func licence(dir string) ([]string, error) {
	var files []string
	for _, pattern := range []string{"LICEN[SC]E*", "[Ll]icen[sc]e*", "COPYING*", "UNLICEN[SC]E*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	ids, told := map[string]bool{}, false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a folder of that name
		}
		scan := licensecheck.Scan(text)
		told = told || scan.Percent >= covered
		for _, match := range scan.Match {
			if !allowed[match.ID] {
				return nil, fmt.Errorf("%s: %s isn't in the list of allowed licences", filepath.Base(file), match.ID)
			}
			ids[match.ID] = true
		}
	}
	if !told {
		return nil, errors.New("no file gives a licence that is known")
	}
	return slices.Sorted(maps.Keys(ids)), nil
}
