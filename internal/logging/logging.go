// Package logging writes a process's log: JSON for programs, lines for people, and
// the log that a run keeps. It never lets out a secret that it was told, and no text
// of others acts on a terminal.
package logging

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Logging is where and how a process logs.
type Logging struct {
	out     io.Writer
	console bool
	color   bool
	level   zerolog.Level
}

// Formats of a log.
const (
	Console = "console" // for people
	JSON    = "json"
)

// New logs to w in a format, from a level on; color is for consoles that show it.
func New(w io.Writer, format string, color bool, level zerolog.Level) *Logging {
	return &Logging{out: zerolog.SyncWriter(w), console: format == Console, color: color, level: level}
}

// Logger makes a logger that leaves out the secrets that the redactor knows.
// What it logs goes to also, too, as text for people; nil: nowhere else.
func (l *Logging) Logger(redactor *secret.Redactor, also io.Writer) zerolog.Logger {
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
func (l *Logging) errorValue(value any) string {
	text := fmt.Sprint(value)
	if lines, err := strconv.Unquote(text); err == nil && strings.Contains(lines, "\n") {
		text = "\n" + said.Escape(lines)
	}
	if l.color {
		return "\x1b[31m" + text + "\x1b[0m"
	}
	return text
}
