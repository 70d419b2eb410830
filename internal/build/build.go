// Package build says which program this is, and since when it has certainly been
// there: from what the linker and the go command left in the binary. It asks nobody.
package build

import (
	"runtime"
	"runtime/debug"
	"time"
)

// Build says which program this is.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// This reads what is in the binary; version is the linker's, "" where it gave none.
func This(version string) Build {
	b := Build{Version: version, Commit: "unknown commit", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
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

// written is a day on which this program was there, for builds that don't know
// their commit.
var written = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// Made gives a time that has certainly passed: the commit that the program was
// built from is older than the program. A commit from the future doesn't count.
func Made() time.Time {
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
