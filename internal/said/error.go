package said

import (
	"context"
	"fmt"
	"strings"
)

// Plain gives an error's text, with a person's word for what Go calls a canceled context.
func Plain(err error) string {
	return strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted")
}

// Instead gives an error that prints a text, one that is fit for a person, and
// still is its cause.
func Instead(text string, cause error) error { return &instead{text, cause} }

type instead struct {
	text  string
	cause error
}

func (e *instead) Error() string { return e.text }
func (e *instead) Unwrap() error { return e.cause }

// Broke is the error of what ended with a panic.
func Broke(cause any) error {
	return fmt.Errorf("the program broke: %v (please report this, with the log)", cause)
}
