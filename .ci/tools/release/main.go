// Release reads .goreleaser.yaml by GoReleaser's own types, strictly, and
// compares the platforms that it builds with those given. It builds nothing.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: release FILE PLATFORM…")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func check(file string, want []string) error {
	project, err := config.Load(file)
	if err != nil {
		return err
	}
	var got []string
	for _, build := range project.Builds {
		for _, target := range build.Targets {
			got = append(got, strings.Replace(target, "_", "/", 1))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("builds %v, but the Makefile's PLATFORMS are %v", got, want)
	}
	return contents(project)
}

// contents looks for what packages take along: a file that has moved would only
// be missed at a release.
func contents(project config.Project) error {
	for _, pack := range project.NFPMs {
		for _, content := range pack.Contents {
			if content.Source == "" {
				continue
			}
			if _, err := os.Stat(content.Source); err != nil {
				return fmt.Errorf("package %s: %w", pack.PackageName, err)
			}
		}
		for _, script := range []string{pack.Scripts.PreInstall, pack.Scripts.PostInstall, pack.Scripts.PreRemove, pack.Scripts.PostRemove} {
			if script == "" {
				continue
			}
			if _, err := os.Stat(script); err != nil {
				return fmt.Errorf("package %s: %w", pack.PackageName, err)
			}
		}
	}
	return nil
}
