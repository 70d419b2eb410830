package jq

import (
	"errors"
	"fmt"

	"github.com/itchyny/gojq"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// maxMessage is how many characters of gojq's message are shown: it may hold a
// whole record.
const maxMessage = 200

var (
	// cutToken is a token that gojq's preview of a value has cut: too short to
	// look like one, with much of its secret in it.
	cutToken = pattern.New(`(^|[^0-9A-Za-z])([0-9a-f]{10})[0-9a-f]+( ?\.\.\.)`)
	fraction = pattern.New(`^strptime\(.*\d\d:\d\d:\d\d\.\d+Z`)
)

func stopped(cause error) error { return fmt.Errorf("the program was stopped: %w", cause) }

func panicked(cause any) error {
	return fmt.Errorf("the program could not go on: %s", readable(fmt.Sprint(cause)))
}

// runtimeError says in one line what went wrong in a program.
func runtimeError(err error) error {
	if halt, is := errors.AsType[*gojq.HaltError](err); is {
		return fmt.Errorf("the program stopped with halt_error: %s", valueText(halt.Value()))
	}
	if thrown, is := errors.AsType[gojq.ValueError](err); is {
		if thrown.Value() == nil {
			return errors.New("the program stopped with error(null)")
		}
		return fmt.Errorf("the program stopped with error: %s", valueText(thrown.Value()))
	}
	text := readable(err.Error())
	if fraction().MatchString(err.Error()) {
		text += ` (strptime takes no fractions of a second: fromdate does)`
	}
	return errors.New(text)
}

// valueText is what a program gave to error: text as it is, the rest as JSON.
func valueText(value any) string {
	if text, is := value.(string); is {
		return readable(text)
	}
	encoded, err := Append(nil, value)
	if err != nil {
		return "a value that is no JSON"
	}
	return readable(string(encoded))
}

// readable makes a message one line, without secrets, of a length to read.
func readable(text string) string {
	text = cutToken().ReplaceAllString(secret.Mask(text), "${1}${2}…"+secret.Redacted)
	return said.Line(text, maxMessage)
}
