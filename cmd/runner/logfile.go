package main

import (
	"io"

	"github.com/rs/zerolog"

	"speckle-runner/internal/logging"
	"speckle-runner/internal/said"
	"speckle-runner/internal/service"
)

// serveLog is where serve logs: --log-file, or standard error. What is written
// for people goes into the file, too, up to the error that ends the command: a
// service has no screen.
func (s *settings) serveLog(path string) (logs service.Logs, closeLog func(), err error) {
	if path == "" {
		logs, err = s.newLogging(s.err, onTerminal(s.err), zerolog.InfoLevel)
		return logs, func() {}, err
	}
	file, err := logging.OpenFile(path)
	if err != nil {
		return logs, nil, usagef("--log-file: %w", err)
	}
	s.err = said.NewScreen(io.MultiWriter(file, streamOf(s.err)))
	logs, err = s.newLogging(file, false, zerolog.InfoLevel)
	return logs, func() { _ = file.Close() }, err // opened again by what is said after it
}
