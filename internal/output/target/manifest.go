package target

import (
	"encoding/json"
	"path"
	"time"
)

// Manifest is what a file's manifest says beside the file's own measures. The
// run is that of the publication.
type Manifest struct {
	Job           string
	Tick          time.Time
	QueryHash     string // SHA-256 of the query, in hex
	ServerVersion string // "" when the server didn't tell
	Version       *VersionOf
	Warnings      []string
}

// VersionOf names the version that a file's records are of.
type VersionOf struct {
	Project   string `json:"project"`
	Model     string `json:"model"`
	ID        string `json:"id"`
	CreatedAt string `json:"created_at"`
}

const manifestSuffix = ".manifest.json"

// ManifestPath gives the path of a file's manifest.
func ManifestPath(file string) string { return file + manifestSuffix }

// PartsPath gives the path of what is noted beside a file that grows.
func PartsPath(file string) string {
	return path.Join(path.Dir(file), "."+path.Base(file)+".parts.json")
}

// manifestFile is the manifest as it is written. Its keys are read by other
// programs: add, never rename.
type manifestFile struct {
	File          string `json:"file"` // name, in the same folder
	Job           string `json:"job"`
	Run           string `json:"run"`
	Tick          string `json:"tick"`
	Records       int64  `json:"records"`
	Bytes         int64  `json:"bytes"`
	SHA256        string `json:"sha256"`
	QuerySHA256   string `json:"query_sha256,omitempty"`
	ServerVersion string `json:"server_version,omitempty"`

	Version *VersionOf `json:"version,omitempty"`

	Warnings []string `json:"warnings,omitempty"` // of the run, up to the writing of this file
}

// Text gives the manifest of a run's file, as it is written.
func (m *Manifest) Text(run string, p Published) ([]byte, error) {
	text, err := json.MarshalIndent(manifestFile{
		File: path.Base(p.Path), Job: m.Job, Run: run, Tick: m.Tick.UTC().Format(time.RFC3339Nano),
		Records: p.Records, Bytes: p.Bytes, SHA256: p.SHA256, QuerySHA256: m.QueryHash, ServerVersion: m.ServerVersion,
		Version: m.Version, Warnings: m.Warnings,
	}, "", "  ")
	return append(text, '\n'), err
}

// IsManifest reports whether a text is the manifest of what was published.
func IsManifest(text []byte, p Published) bool {
	var m manifestFile
	return json.Unmarshal(text, &m) == nil && m.File == path.Base(p.Path) && m.SHA256 == p.SHA256 && m.Bytes == p.Bytes
}
