package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
)

// onTerminal reports whether a stream is one that a person looks at.
func onTerminal(w io.Writer) bool {
	f, ok := streamOf(w).(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// streamOf gives what a screen writes to.
func streamOf(w io.Writer) io.Writer {
	if screen, ok := w.(*said.Screen); ok {
		return screen.Unwrap()
	}
	return w
}

// logging is where and how a process logs.
type logging struct {
	out      io.Writer
	console  bool
	color    bool
	level    zerolog.Level
	redactor *secret.Redactor // of the process; runs are lent theirs from it
}

// newLogging reads the log flags; terminal tells what w is, and fallback is used
// where no flag gives one.
func (s *settings) newLogging(w io.Writer, terminal bool, fallback zerolog.Level) (*logging, error) {
	level, err := fallback, error(nil)
	if s.logLevel != "" {
		level, err = zerolog.ParseLevel(strings.ToLower(s.logLevel))
	}
	if err != nil || level < zerolog.TraceLevel || level > zerolog.ErrorLevel {
		return nil, usagef("--log-level %q: want trace, debug, info, warn or error", s.logLevel)
	}
	l := &logging{out: zerolog.SyncWriter(streamOf(w)), console: terminal, color: terminal && os.Getenv("NO_COLOR") == "", level: level, redactor: s.redactor()}
	switch s.logFormat {
	case "":
	case "console":
		l.console = true
	case "json":
		l.console = false
	default:
		return nil, usagef("--log-format %q: want console or json", s.logFormat)
	}
	return l, nil
}

// forService gives a service what it logs with.
func (l *logging) forService() service.Logs {
	return service.Logs{Redactor: l.redactor, Logger: l.logger}
}

// logger makes a logger that leaves out the secrets that the redactor knows.
// What it logs goes to also, too, as text for people; nil: nowhere else.
func (l *logging) logger(redactor *secret.Redactor, also io.Writer) zerolog.Logger {
	var out io.Writer = said.NewScreen(redactor.Writer(l.out))
	if l.console {
		out = zerolog.ConsoleWriter{
			Out: redactor.Writer(l.out), TimeFormat: time.TimeOnly, NoColor: !l.color, // the colors are its own
			FormatPrepare: harmless, FormatFieldValue: fieldValue, FormatErrFieldValue: l.errorValue,
		}
	}
	if also != nil {
		text := zerolog.ConsoleWriter{
			Out: redactor.Writer(also), TimeFormat: time.RFC3339, NoColor: true,
			PartsOrder:    []string{zerolog.TimestampFieldName, zerolog.LevelFieldName, zerolog.MessageFieldName},
			FieldsExclude: []string{"job", "run", "attempt"}, FormatPrepare: harmless, FormatFieldValue: fieldValue,
		}
		out = zerolog.MultiLevelWriter(out, text)
	}
	return zerolog.New(out).Level(l.level).With().Timestamp().Logger()
}

// harmless lets a message on a console neither act on the terminal nor pass for
// a line of its own.
func harmless(event map[string]any) error {
	if text, ok := event[zerolog.MessageFieldName].(string); ok {
		event[zerolog.MessageFieldName] = said.Indent(said.Escape(text), "  ")
	}
	return nil
}

// fieldValue writes a field of a console's line.
func fieldValue(value any) string { return said.Escape(fmt.Sprintf("%s", value)) }

// errorValue writes an error for people: one of several lines, as a job file's
// problems are, stays lines. The console writer has quoted it by now.
func (l *logging) errorValue(value any) string {
	text := fmt.Sprint(value)
	if lines, err := strconv.Unquote(text); err == nil && strings.Contains(lines, "\n") {
		text = "\n" + said.Escape(lines)
	}
	if l.color {
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return text
}
