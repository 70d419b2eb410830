package service

import (
	"fmt"
	"runtime/debug"

	"github.com/rs/zerolog"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// guard, deferred, makes an error of a panic: what one server answers must not end the process
// that other jobs depend on. It has to run before the redactor forgets the job's token, which
// the panic may tell.
func guard(log zerolog.Logger, redactor *secret.Redactor, err *error) {
	if p := recover(); p != nil {
		text := redactor.Text(fmt.Sprint(p))
		log.Error().Str("stack", string(debug.Stack())).Msg("panic: " + text)
		*err = said.Broke(text)
	}
}
