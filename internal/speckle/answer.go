package speckle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// envelope is what a server answers: a GraphQL result, or Speckle's own error,
// which is a string from its token check and an object from everything else
// that runs before GraphQL.
type envelope struct {
	Data   json.RawMessage `json:"data"`
	Errors []GraphQLError  `json:"errors"`
	Error  json.RawMessage `json:"error"`
}

// ownError gives the text of the singular error, "" when there is none.
func (e *envelope) ownError() string {
	var object struct {
		Message string `json:"message"`
	}
	var text string
	if json.Unmarshal(e.Error, &text) == nil {
		return text
	}
	if json.Unmarshal(e.Error, &object) == nil && object.Message != "" {
		return object.Message
	}
	return string(e.Error)
}

func (e *envelope) hasData() bool { return len(e.Data) > 0 && string(e.Data) != "null" }

// judge decides what an answer is. Only an answer with status 2xx, JSON and
// data passes; data beside errors passes with the error, for the caller to
// refuse or keep.
func judge(endpoint string, response *http.Response, body []byte) (envelope, *Error) {
	status := response.StatusCode
	answer, bad := decodeEnvelope(response, body)
	switch {
	case status >= 300 && status < 400:
		return answer, &Error{Kind: Redirected, Status: status,
			Message: fmt.Sprintf("the server redirects (HTTP %d); a token is never sent after a redirect", status),
			Hint:    "write the address that it redirects to as server"}
	case status == http.StatusTooManyRequests:
		return answer, &Error{Kind: RateLimited, Status: status, Errors: answer.Errors,
			Message: "the server is rate limiting this token", RetryAfter: retryAfter(response.Header, time.Now())}
	case status == http.StatusUnauthorized, status == http.StatusForbidden && len(answer.Error) > 0:
		return answer, &Error{Kind: TokenRefused, Status: status,
			Message: "the server refuses the token: it is unknown, expired or revoked (the server doesn't say which)",
			Hint:    "make a new token and put it where token_env or token_file points"}
	case status == http.StatusNotFound:
		return answer, wrongPath(endpoint)
	case status == http.StatusRequestTimeout || status >= 500:
		return answer, &Error{Kind: ServerFault, Status: status, RetryAfter: retryAfter(response.Header, time.Now()), Errors: answer.Errors,
			Message: fmt.Sprintf("the server failed with HTTP %d%s", status, quoted(answer))}
	case len(answer.Errors) > 0 && !answer.hasData():
		return answer, fromGraphQL(status, answer.Errors)
	case len(answer.Error) > 0:
		return answer, &Error{Kind: InvalidQuery, Status: status, Message: fmt.Sprintf("the server refuses the request%s", quoted(answer))}
	case status < 200 || status > 299:
		return answer, &Error{Kind: BadAnswer, Status: status, Message: fmt.Sprintf("the server answers HTTP %d", status)}
	case bad != nil:
		return answer, bad
	case len(answer.Errors) > 0:
		return answer, fromGraphQL(status, answer.Errors)
	case !answer.hasData():
		return answer, &Error{Kind: BadAnswer, Status: status, Message: "the answer has neither data nor errors"}
	}
	return answer, nil
}

func decodeEnvelope(response *http.Response, body []byte) (envelope, *Error) {
	var answer envelope
	problem := func(kind Kind, format string, args ...any) (envelope, *Error) {
		return envelope{}, &Error{Kind: kind, Status: response.StatusCode, Message: fmt.Sprintf(format, args...)}
	}
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && media != "application/graphql-response+json") {
		_, bad := problem(NotSpeckle, "the answer is %s, not JSON", mediaName(media))
		bad.Hint = "is the address that of a Speckle server, and not of a proxy or a login page?"
		return envelope{}, bad
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return problem(BadAnswer, "the answer is empty")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&answer); err != nil {
		return problem(BadAnswer, "the answer isn't whole JSON: it breaks off or is damaged after %d bytes", dec.InputOffset())
	}
	if _, err := dec.Token(); err != io.EOF {
		return problem(BadAnswer, "the answer goes on after its end, at byte %d", dec.InputOffset())
	}
	return answer, nil
}

func mediaName(media string) string {
	if media == "" {
		return "of no known type"
	}
	return media
}

// wrongPath names the other of Speckle's two documented paths.
func wrongPath(endpoint string) *Error {
	e := &Error{Kind: NotSpeckle, Status: http.StatusNotFound, Message: "no GraphQL at " + endpoint + " (HTTP 404)"}
	if base, found := strings.CutSuffix(endpoint, "/api/graphql"); found {
		e.Hint = "try " + base + graphqlPath
	} else if base, found := strings.CutSuffix(endpoint, graphqlPath); found {
		e.Hint = "try " + base + "/api/graphql, or check the server's address"
	}
	return e
}

func quoted(answer envelope) string {
	text := ""
	if len(answer.Error) > 0 {
		text = answer.ownError()
	} else if len(answer.Errors) > 0 {
		text = answer.Errors[0].Message
	}
	if text == "" {
		return ""
	}
	return ": " + said(text)
}
