package fake

import (
	"maps"
	"net/http"
)

// apiError is an error of a resolver as Speckle reports it: HTTP 200, with a
// code and a status of its own in the extensions.
type apiError struct {
	message string
	code    string
	status  int // 0: none is given, as for errors nobody foresaw
	more    map[string]any
}

func (e *apiError) Error() string { return e.message }

// Extensions is what the executor puts beside the message.
func (e *apiError) Extensions() map[string]any {
	out := map[string]any{"code": e.code}
	if e.status != 0 {
		out["statusCode"] = e.status
	}
	maps.Copy(out, e.more)
	return out
}

func forbidden(message string) error {
	return &apiError{message: message, code: "FORBIDDEN", status: http.StatusForbidden}
}

func unauthorized(message string) error {
	return &apiError{message: message, code: "UNAUTHORIZED", status: http.StatusUnauthorized}
}

func scopeMissing(scope string) error {
	return &apiError{
		message: "Your auth token does not have the required scope: " + scope + ".",
		code:    "FORBIDDEN", status: http.StatusForbidden, more: map[string]any{"scope": scope},
	}
}

func notFound(code, message string) error {
	return &apiError{message: message, code: code, status: http.StatusNotFound}
}

func badRequest(message string) error {
	return &apiError{message: message, code: "BAD_REQUEST_ERROR", status: http.StatusBadRequest}
}

// unforeseen is an error of the database that reaches the caller as it is.
func unforeseen(message string) error {
	return &apiError{message: message, code: "INTERNAL_SERVER_ERROR"}
}
