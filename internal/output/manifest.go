package output

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
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

// writeManifest stages the manifest of a complete file.
func (s *Staged) writeManifest() error {
	text, err := s.manifest.Text(s.pub.by.Run, Published{
		Path: s.path, Records: s.records, Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash().Sum(nil)),
	})
	if err != nil {
		return err
	}
	name, file, err := s.pub.stageBeside(entry{Target: s.manifestTarget, Of: s.target})
	if err != nil {
		return err
	}
	s.manifestStaged = name
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// Remove takes an export away, with its manifest, and the folders above it
// that are empty then. One that is gone already is no error. It never follows
// a link and never removes a folder with something in it; which files are the
// runner's to remove, the caller's ledger knows.
func (d *Dir) Remove(file string) error {
	target, err := checkPath(file)
	if err != nil {
		return err
	}
	info, err := d.root.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("remove %s: %w", file, cause(err))
	case info.IsDir():
		return fmt.Errorf("remove %s: it is a folder", file)
	}
	// The manifest goes first: one without its file would be a lie.
	for _, name := range []string{ManifestPath(target), target} {
		if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", filepath.ToSlash(name), cause(err))
		}
	}
	for _, dir := range parentsOf(target) {
		if dir == "." || !d.removeEmpty(dir) {
			break
		}
	}
	return nil
}

// removeEmpty removes a folder and reports whether it was empty. A link to one
// is somebody's own.
func (d *Dir) removeEmpty(dir string) bool {
	d.syncs.setNamed(dir, false)
	info, err := d.root.Lstat(dir)
	return err == nil && info.IsDir() && d.root.Remove(dir) == nil
}

// RemoveExport is Remove for a file that is still what was published: one
// that somebody has changed since stays, and that is no error.
func (d *Dir) RemoveExport(p Published) error {
	file, err := d.root.Open(filepath.FromSlash(p.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return d.Remove(p.Path) // its manifest may still be there
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", p.Path, cause(err))
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	file.Close()
	if err != nil {
		return fmt.Errorf("remove %s: %w", p.Path, cause(err))
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return nil
	}
	return d.Remove(p.Path)
}
