package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/service"
)

// build says which program this is.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func versionCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the platform",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(s.out).Encode(b)
			}
			_, err = fmt.Fprintf(s.out, "runner %s (%s, %s, %s)\n", b.Version, b.Commit, b.Go, b.Platform)
			return err
		},
	}
	s.formatFlag(command)
	return command
}

// thisBuild reads what the linker and the go command left in the binary.
func thisBuild() build {
	b := build{Version: version, Commit: "unknown commit", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			b.Commit = s.Value[:12]
		}
	}
	return b
}

func userAgent() string { return service.UserAgent(thisBuild().Version) }

// written is a day on which this program was there, for builds that don't know
// their commit.
var written = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// made gives a time that has certainly passed: the commit that the program was
// built from is older than the program. A commit from the future doesn't count.
func made() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return written
	}
	for _, s := range info.Settings {
		if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && at.After(written) {
			return at
		}
	}
	return written
}
