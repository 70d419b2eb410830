package main

import (
	"fmt"
	"io"

	"github.com/rs/zerolog"
	"gopkg.in/natefinch/lumberjack.v2"

	"speckle-runner/internal/said"
	"speckle-runner/internal/service"
)

// A log file stays small enough for an editor, and the older ones few.
const (
	logFileMegabytes = 10
	olderLogFiles    = 5
)

// serveLog is where serve logs: --log-file, or standard error. What is written
// for people goes into the file, too, up to the error that ends the command: a
// service has no screen.
func (s *settings) serveLog(path string) (logs service.Logs, closeLog func(), err error) {
	if path == "" {
		logs, err = s.newLogging(s.err, onTerminal(s.err), zerolog.InfoLevel)
		return logs, func() {}, err
	}
	file := &lumberjack.Logger{Filename: path, MaxSize: logFileMegabytes, MaxBackups: olderLogFiles}
	if _, err := file.Write(nil); err != nil {
		return logs, nil, usagef("--log-file: %w", err)
	}
	s.err = said.NewScreen(io.MultiWriter(file, streamOf(s.err)))
	logs, err = s.newLogging(file, false, zerolog.InfoLevel)
	return logs, func() { _ = file.Close() }, err // opened again by what is said after it
}

// serviceLog says where the log of an installed serve is read.
func serviceLog(name, path string, perUser bool) string {
	switch {
	case path != "":
		return path
	case perUser:
		return fmt.Sprintf("journalctl --user -u %s", name)
	default:
		return fmt.Sprintf("journalctl -u %s", name)
	}
}
