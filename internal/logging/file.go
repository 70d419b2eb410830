package logging

import (
	"io"

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
	file := &lumberjack.Logger{Filename: path, MaxSize: fileMegabytes, MaxBackups: olderFiles}
	_, err := file.Write(nil)
	return file, err
}
