package logging

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"gopkg.in/natefinch/lumberjack.v2"
)

// A log file stays small enough for an editor, and the older ones few.
const (
	fileMegabytes = 10
	olderFiles    = 5
)

// OpenFile opens a log file that is replaced by a new one when it has become long. It
// is opened again by what is written after its Close.
func OpenFile(path string) (io.WriteCloser, error) {
	if err := CheckFile(path); err != nil {
		return nil, err
	}
	file := &lumberjack.Logger{Filename: path, MaxSize: fileMegabytes, MaxBackups: olderFiles}
	_, err := file.Write(nil)
	return file, err
}

// CheckFile refuses what is there and can't be a log file. The library would move it out
// of the way, a folder with all that is in it, too.
func CheckFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("it is a folder: name a file in it")}
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("it is no regular file: without --log-file the log goes to standard error")}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return file.Close()
}
