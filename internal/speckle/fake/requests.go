package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody is MAX_REQUEST_BODY_SIZE_MB's default.
const maxBody = 100 << 20

// request is one entry of what was posted.
type request struct {
	Query     string         `json:"query"`
	Operation string         `json:"operationName"`
	Variables map[string]any `json:"variables"`
}

// entries is what was posted: one request, or a batch of them, or neither.
type entries struct {
	list    []request
	batch   bool
	problem *answer // the 400 it deserves instead
}

// read decodes a request's body.
func read(r *http.Request) *entries {
	raw, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return unreadable("request entity too large")
	case err != nil:
		return unreadable("request aborted")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "" || strings.HasPrefix(kind, "multipart/") ||
		kind == "text/plain" || kind == "application/x-www-form-urlencoded" {
		a := refusal(newGraphError("BAD_REQUEST", crossSite))
		return &entries{problem: &a}
	}
	e := &entries{}
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		e.batch = true
		err = json.Unmarshal(raw, &e.list)
	} else if len(trimmed) > 0 {
		e.list = make([]request, 1)
		err = json.Unmarshal(raw, &e.list[0])
	} else {
		e.list = make([]request, 1)
	}
	if err != nil {
		return unreadable(strings.ToUpper(err.Error()[:1]) + err.Error()[1:])
	}
	return e
}

func unreadable(why string) *entries {
	return &entries{problem: &answer{http.StatusBadRequest, encode(map[string]any{
		"error": ordered{{"message", "Invalid request body: " + why}, {"code", "USER_INPUT_ERROR"}},
	})}}
}

const crossSite = "This operation has been blocked as a potential Cross-Site Request Forgery (CSRF). Please either specify a " +
	"'content-type' header (with a type that is not one of application/x-www-form-urlencoded, multipart/form-data, text/plain) or provide " +
	"a non-empty value for one of the following headers: x-apollo-operation-name, apollo-require-preflight\n"
