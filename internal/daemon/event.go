package daemon

import (
	"bytes"
	"encoding/json"
	"strings"
)

// hopeless are exit codes that another start gives again: wrong usage, and an
// invalid job file.
func hopeless(code int) bool { return code == 2 || code == 3 }

// level is how Windows marks an event.
type level int

const (
	levelInfo level = iota
	levelWarning
	levelError
)

// eventLevel reads the level of a line of the log; every other text is a message
// for people, and those tell what went wrong.
func eventLevel(line []byte) level {
	var logged struct {
		Level string
	}
	if json.Unmarshal(line, &logged) != nil {
		return levelError
	}
	switch logged.Level {
	case "error", "fatal", "panic":
		return levelError
	case "warn":
		return levelWarning
	}
	return levelInfo
}

// maxEvent is below what Windows takes in one event, in characters.
const maxEvent = 30_000

// eventText is a message as an event takes it: without a NUL, and not too long.
func eventText(message []byte) string {
	text := strings.ToValidUTF8(string(bytes.ReplaceAll(bytes.TrimSpace(message), []byte{0}, nil)), "\uFFFD")
	if len(text) > maxEvent {
		text = strings.ToValidUTF8(text[:maxEvent], "") + "…"
	}
	return text
}
