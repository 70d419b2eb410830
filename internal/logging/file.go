package logging

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"
)

// A log file stays small enough for an editor, and the older ones few.
const (
	fileMegabytes = 10
	olderFiles    = 5
)

// OpenFile opens a log file that is replaced by a new one when it has become long. It
// is opened again by what is written after its Close. While it can't be written, as on a
// full disk, that is told to beside, once, and nobody who logs is kept from going on.
func OpenFile(path string, beside io.Writer) (io.WriteCloser, error) {
	if err := CheckFile(path); err != nil {
		return nil, err
	}
	file := &logFile{Logger: &lumberjack.Logger{Filename: path, MaxSize: fileMegabytes, MaxBackups: olderFiles}, beside: beside}
	_, err := file.Logger.Write(nil)
	return file, err
}

// CheckFile says why a path can't be a log's: what isn't a file, or can't be written to,
// would be moved out of the way for a new one.
func CheckFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s isn't a regular file: name another, or leave it out for standard error", path)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// logFile is a log file whose trouble is told elsewhere.
type logFile struct {
	*lumberjack.Logger

	beside io.Writer
	mu     sync.Mutex
	at     fs.FileInfo // what lay at the path last
	told   string      // what was wrong last; "": nothing
}

// Write never fails.
func (f *logFile) Write(text []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.follow()
	_, err := f.Logger.Write(text)
	switch {
	case err == nil:
		f.told = ""
	case f.told == "":
		f.told = err.Error()
		fmt.Fprintf(f.beside, "runner: the log can't be written, and goes on once it can: %s\n", err)
	}
	return len(text), nil
}

// follow opens what lies at the path where that is another file than before, or none: somebody
// has removed it, or logrotate moved it away, and nobody would read what went on into the old
// one. A new file is opened once more, to append: one that is emptied would get a hole.
func (f *logFile) follow() {
	now, err := os.Stat(f.Filename)
	if err == nil && (!now.Mode().IsRegular() || f.at != nil && os.SameFile(now, f.at)) {
		return // what is no file would be moved out of the way
	}
	_ = f.Close()
	if err != nil {
		if _, err := f.Logger.Write(nil); err != nil {
			return // so says the write that follows
		}
		_ = f.Close()
		now, _ = os.Stat(f.Filename)
	}
	f.at = now
}
