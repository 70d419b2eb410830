package output

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"speckle-runner/internal/output/disk"
	"time"
)

// A stamp says which attempt of which run wrote the file that lies at a path.
// It counts for exactly the file that it describes: a file that somebody else
// put there, or changed, has none. It is written before its file is put in
// place, so that one too many may be there and never one too few.
type stamp struct {
	disk.FileID

	Path    string    `json:"path"`
	Job     string    `json:"job"`
	Run     string    `json:"run"`
	Tick    time.Time `json:"tick"`
	Attempt int       `json:"attempt"`
	SHA256  string    `json:"sha256"`
}

const (
	// stampsDir has one file for each path. New stamps are added to it, so that
	// two runs that write one path at once both know what the other wrote.
	stampsDir = disk.Hidden + "/stamps"
	// maxStamps is how far such a file grows, in bytes, before only its last
	// stamps are kept.
	maxStamps  = 16 << 10
	keepStamps = 8
	maxAhead   = time.Hour
)

// stampFile gives the file that has a path's stamps.
func (d *Dir) stampFile(target string) (string, error) {
	key, err := d.NameKey(filepath.ToSlash(target))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(filepath.FromSlash(stampsDir), hex.EncodeToString(sum[:16])), nil
}

// stampsOf gives the stamps of a path, the newest first, which mostly is the one
// that is looked for. What can't be read says nothing.
func (d *Dir) stampsOf(target string) iter.Seq[*stamp] {
	return func(yield func(*stamp) bool) {
		text := d.readStamps(target)
		for len(text) > 0 {
			start := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
			var s stamp
			if json.Unmarshal(text[start:], &s) == nil && !yield(&s) {
				return
			}
			text = text[:start]
		}
	}
}

func (d *Dir) readStamps(target string) []byte {
	name, err := d.stampFile(target)
	if err != nil {
		return nil
	}
	file, err := d.Root.OpenFile(name, os.O_RDONLY|disk.Unpolled, 0)
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil
	}
	return text
}

// stampOf gives the stamp of the file that lies at a path, nil without one. A
// tick that is far to come was written by a wrong clock, and would keep everything
// else away.
func (d *Dir) stampOf(target string, id *disk.FileID) *stamp {
	for s := range d.stampsOf(target) {
		if s.Is(id) && s.Tick.Before(time.Now().Add(maxAhead)) {
			return s
		}
	}
	return nil
}

// wroteItself reports whether a run wrote the file that lies at a path: one
// that was moved to another disk counts, and one that was changed doesn't.
func (d *Dir) wroteItself(run, target string, id *disk.FileID) bool {
	sum := ""
	for s := range d.stampsOf(target) {
		if s.Run != run || s.Size != id.Size {
			continue
		}
		if sum == "" {
			var err error
			if sum, err = d.hashOf(target); err != nil {
				return false
			}
		}
		if s.SHA256 == sum {
			return true
		}
	}
	return false
}

func (d *Dir) hashOf(name string) (string, error) {
	file, err := d.OpenRegular(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// addStamp notes who is about to put a file at a path. Only a durable one is
// there after a power cut: without one its file counts as somebody else's.
func (d *Dir) addStamp(s stamp, durable bool) error {
	name, err := d.stampFile(filepath.FromSlash(s.Path))
	if err != nil {
		return err
	}
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	for range 3 {
		size, err := d.appendStamp(name, append(line, '\n'), durable)
		if err != nil {
			return fmt.Errorf("note who writes it: %w", disk.Owned(name, err))
		}
		if size <= maxStamps/2 || d.sizeOf(name) >= size {
			d.trimStamps(name, size)
			break
		}
		// Somebody has trimmed the file meanwhile, and maybe without this line.
	}
	if durable {
		return d.SyncDir(filepath.FromSlash(stampsDir))
	}
	return nil
}

// appendStamp gives the size of the file afterwards.
func (d *Dir) appendStamp(name string, line []byte, durable bool) (size int64, err error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND | disk.Unpolled
	file, err := d.Root.OpenFile(name, flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		err = d.Root.MkdirAll(filepath.Dir(name), 0o700)
		if err == nil {
			file, err = d.Root.OpenFile(name, flags, 0o600)
		}
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if _, err := file.Write(line); err != nil {
		return 0, err
	}
	if durable {
		if err := file.Sync(); err != nil {
			return 0, err
		}
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// sizeOf gives a file's bytes, -1 for one that isn't there.
func (d *Dir) sizeOf(name string) int64 {
	info, err := d.Root.Lstat(name)
	if err != nil {
		return -1
	}
	return info.Size()
}

// trimStamps keeps a path's last stamps. What another process adds while it
// does is carried over.
func (d *Dir) trimStamps(name string, size int64) {
	if size <= maxStamps {
		return
	}
	old, err := d.Root.Open(name)
	if err != nil {
		return
	}
	defer old.Close()
	text, err := io.ReadAll(old)
	if err != nil {
		return
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})
	last := bytes.Join(lines[max(0, len(lines)-keepStamps):], nil)
	draft := name + "." + disk.RandomName()
	err = d.Root.WriteFile(draft, last, 0o600)
	if err == nil {
		err = d.Root.Rename(draft, name)
	}
	if err != nil && runtime.GOOS == "windows" && d.sizeOf(name) == int64(len(text)) {
		_ = old.Close() // a share there doesn't replace what is open
		err = d.Root.Rename(draft, name)
	}
	if err != nil {
		d.RemoveFile(draft)
		return
	}
	if late, err := io.ReadAll(old); err == nil && len(late) > 0 {
		_, _ = d.appendStamp(name, late, false)
	}
}

const (
	// sweepStamps is how many stamps a start looks at: most are in use.
	sweepStamps = 500
	// oldStamp is far longer than a file is put in place after its stamp was
	// written, by a process that was stopped for a night, too.
	oldStamp = 24 * time.Hour
)

// SweepStamps removes the stamps of paths that hold nothing any more, of exports
// that were kept for a while, and gives how many. It is for a service, now and then.
func (d *Dir) SweepStamps(now time.Time) (removed int) { return d.sweepStampFiles(now, 0) }

// sweepStampFiles looks at as many stamps, or at all. With fewer than that,
// none is worth a look.
func (d *Dir) sweepStampFiles(now time.Time, most int) (removed int) {
	dir := filepath.FromSlash(stampsDir)
	files, err := d.ReadDir(dir)
	if err != nil || len(files) < max(1, most) {
		return 0
	}
	if most == 0 {
		most = len(files)
	}
	at := int(now.UnixNano() % int64(len(files)))
	for i := range most {
		name := filepath.Join(dir, files[(at+i)%len(files)].Name())
		info, err := d.Root.Lstat(name)
		if err != nil || now.Sub(info.ModTime()) < oldStamp {
			continue
		}
		if text, err := d.Root.ReadFile(name); err == nil && !d.stampedFileThere(text) && d.RemoveFile(name) {
			removed++
		}
	}
	return removed
}

func (d *Dir) stampedFileThere(stamps []byte) bool {
	first, _, _ := bytes.Cut(stamps, []byte{'\n'})
	var s stamp
	if json.Unmarshal(first, &s) != nil {
		return false
	}
	target, err := disk.CheckPath(s.Path)
	if err != nil {
		return false
	}
	id, err := d.IDAt(target)
	return err != nil || id != nil
}
