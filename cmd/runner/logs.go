package main

import (
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"

	"speckle-runner/internal/display"
	"speckle-runner/internal/logging"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/said"
	"speckle-runner/internal/service"
)

// onTerminal reports whether a stream is a terminal.
func onTerminal(w io.Writer) bool {
	f, ok := streamOf(w).(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// streamOf gives the stream below the wrappers that clean what is written.
func streamOf(w io.Writer) io.Writer {
	for {
		above, ok := w.(interface{ Unwrap() io.Writer })
		if !ok {
			return w
		}
		w = above.Unwrap()
	}
}

// newLogging makes a log to w from the log flags. terminal says whether w is one; fallback
// is the level where no flag gives one.
func (s *settings) newLogging(w io.Writer, terminal bool, fallback zerolog.Level) (service.Logs, error) {
	level, err := fallback, error(nil)
	if s.logLevel != "" {
		level, err = zerolog.ParseLevel(strings.ToLower(s.logLevel))
	}
	if err != nil || level < zerolog.TraceLevel || level > zerolog.ErrorLevel {
		return service.Logs{}, usagef("%s %q: want trace, debug, info, warn or error", s.says("log-level"), s.logLevel)
	}
	format := s.logFormat
	switch format {
	case logging.Console, logging.JSON:
	case "":
		format = logging.JSON
		if terminal {
			format = logging.Console
		}
	default:
		return service.Logs{}, usagef("%s %q: want console or json", s.says("log-format"), s.logFormat)
	}
	l := logging.New(streamOf(w), format, terminal && os.Getenv("NO_COLOR") == "", level)
	return service.Logs{Redactor: s.redactor(), Logger: l.Logger}, nil
}

// newDisplay makes what shows runs, and the log beside it. level is the log's level where
// no lines move on the screen. still: none may, because something else is printed meanwhile.
func (s *settings) newDisplay(level zerolog.Level, still bool) (*display.Display, service.Logs, error) {
	var bars *mpb.Progress
	w, terminal := s.err, onTerminal(s.err)
	if terminal && !still && os.Getenv("TERM") != "dumb" {
		bars = display.NewBars(streamOf(s.err))
		w, level = bars, zerolog.WarnLevel // the moving lines say the rest
	}
	logs, err := s.newLogging(w, terminal, level)
	if err != nil {
		return nil, logs, err
	}
	return display.New(logs.Logger(logs.Redactor, nil), bars), logs, nil
}

// logFileApart refuses a --log-file that is something else's, before anything is written to it.
func (s *settings) logFileApart(path, cert, key string) error {
	if path == "" {
		return nil
	}
	own := []disk.Guarded{{Path: cert, What: "the file of --tls-cert"}, {Path: key, What: "the file of --tls-key"}}
	for _, name := range s.files {
		own = append(own, disk.Guarded{Path: name, What: "the job file"})
	}
	for _, name := range s.envFiles {
		own = append(own, disk.Guarded{Path: name, What: "a file of --env-file"})
	}
	file, _ := s.read(nil) // what is wrong with it is told later
	if err := service.LogFileApart(path, file, s.ledgerName(), s.outputDir, own...); err != nil {
		return usagef("--log-file: %w", err)
	}
	return nil
}

// serveLog makes serve's log: to --log-file, or to standard error. With a file, all that is
// printed to standard error goes there, too, also the error that ends the command: a
// service has no screen.
func (s *settings) serveLog(path string) (logs service.Logs, closeLog func(), err error) {
	if path == "" {
		logs, err = s.newLogging(s.err, onTerminal(s.err), zerolog.InfoLevel)
		return logs, func() {}, err
	}
	file, err := logging.OpenFile(path, streamOf(s.err))
	if err != nil {
		return logs, nil, usagef("--log-file: %w", err)
	}
	s.err = said.NewScreen(io.MultiWriter(file, streamOf(s.err)))
	logs, err = s.newLogging(file, false, zerolog.InfoLevel)
	return logs, func() { _ = file.Close() }, err // a later write, as of that error, opens it again
}
