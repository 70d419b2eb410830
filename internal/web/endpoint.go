package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"speckle-runner/internal/web/ui"
)

const (
	// patience bounds an API request; probes ask often and give up sooner.
	patience      = 15 * time.Second
	probePatience = 2 * time.Second
)

// endpoint answers a request with JSON of one type.
type endpoint struct {
	do   func(r *http.Request) (reply[any], error)
	body reflect.Type
}

// answering makes a handler's function an endpoint that knows what it answers with.
func answering[T any](do func(r *http.Request) (reply[T], error)) endpoint {
	return endpoint{func(r *http.Request) (reply[any], error) {
		answer, err := do(r)
		return reply[any]{answer.status, answer.body, answer.header}, err
	}, reflect.TypeFor[T]()}
}

// checked has an endpoint of the API refuse parameters that it doesn't know, and a
// body: who sends one expects it to matter.
func (e endpoint) checked(parameters []string) endpoint {
	do := e.do
	e.do = func(r *http.Request) (reply[any], error) {
		if !isText(r.URL.Path) {
			return reply[any]{}, refuse(http.StatusBadRequest, "the address is not text", "send UTF-8 without NUL characters")
		}
		if err := checkParameters(r, parameters); err != nil {
			return reply[any]{}, err
		}
		if err := checkBody(r); err != nil {
			return reply[any]{}, err
		}
		return do(r)
	}
	return e
}

// isText says whether both databases can compare a text: PostgreSQL refuses
// what isn't, which would look like a fault of the runner.
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

func checkParameters(r *http.Request, known []string) error {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "the query of the address can't be read", "percent-encode its values and join them with &")
	}
	for name, values := range given {
		switch {
		case !isText(strings.Join(values, "")):
			return refuse(http.StatusBadRequest, "parameter "+shown(name)+" is not text", "send UTF-8 without NUL characters")
		case slices.Contains(known, name):
		case len(known) == 0:
			return refuse(http.StatusBadRequest, "unknown parameter "+shown(name), "this takes no parameters")
		default:
			return refuse(http.StatusBadRequest, "unknown parameter "+shown(name), "known are: "+strings.Join(known, ", "))
		}
	}
	return nil
}

func checkBody(r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", ui.ErrBody, err)
	}
	if text := string(bytes.TrimSpace(body)); text != "" && text != "{}" {
		return refuse(http.StatusBadRequest, "this takes no body",
			"send the request without one; `runner run JOB --tick TIME` runs a job for another tick")
	}
	return nil
}
