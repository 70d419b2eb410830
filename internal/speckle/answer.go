package speckle

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/split"
)

// maxErrorBody is how much is read of an answer that isn't 2xx.
const maxErrorBody = 64 << 10

// refused reads an answer whose status isn't 2xx. Its body may be anything.
func refused(endpoint string, response *http.Response, x *call) *Error {
	status := response.StatusCode
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // half of it is still of use
	answer := x.envelope()
	_ = answer.members(bytes.TrimPrefix(body, split.ByteOrderMark))
	e := &Error{Status: status, Errors: answer.errors}
	switch {
	case status >= 300 && status < 400:
		e.Kind, e.Message = Redirected, fmt.Sprintf("the server redirects (HTTP %d); a token is never sent after a redirect", status)
		e.Hint = "write the address that it redirects to as server" + pointsTo(response, x.words)
	case status == http.StatusTooManyRequests:
		e.Kind, e.Message = RateLimited, "the server is rate limiting this token"
		e.RetryAfter = retryAfter(response.Header, time.Now())
		e.Hint = asksToWait(e.RetryAfter)
	case status == http.StatusUnauthorized, status == http.StatusForbidden && answer.hasOwn():
		e.Kind, e.Message = TokenRefused, "the server refuses the token: it is unknown, expired or revoked, and the server doesn't say which"
		e.Hint = "make a new token, and put it where the job's token_env, token_file or token_command reads it"
	case status == http.StatusNotFound:
		return wrongPath(endpoint)
	case status == http.StatusProxyAuthRequired:
		return wantsLogin(e)
	case status == http.StatusBadRequest && plainToTLS(body):
		e.Kind, e.Message = WrongProtocol, "the address says http, and what answers there speaks TLS (HTTP 400)"
		e.Hint = "write https:// as server"
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported, status == http.StatusNetworkAuthenticationRequired:
		e.Kind, e.Message = NotSpeckle, fmt.Sprintf("what answers can't do what a Speckle server does (HTTP %d)%s", status, answer.quoted())
		e.Hint = ownAddress
		if status == http.StatusNotImplemented { // as of a plain web server
			e.Hint = cmp.Or(otherPath(endpoint), ownAddress)
		}
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status >= 500:
		e.Kind, e.Message = ServerFault, fmt.Sprintf("the server failed with HTTP %d%s", status, answer.quoted())
		e.RetryAfter = retryAfter(response.Header, time.Now())
		e.Hint = asksToWait(e.RetryAfter)
	case len(answer.errors) > 0:
		return fromGraphQL(status, answer.errors, answer.query)
	case answer.hasOwn():
		e.Kind, e.Message = InvalidQuery, "the server refuses the request"+answer.quoted()
	case status >= 400:
		e.Kind, e.Message = NotSpeckle, fmt.Sprintf("the server answers HTTP %d, and not the way Speckle does", status)
		e.Hint = cmp.Or(otherPath(endpoint), "a proxy on the way may refuse the request: is the address the server's own?")
	default:
		e.Kind, e.Message = BadAnswer, fmt.Sprintf("the server answers HTTP %d", status)
	}
	return e
}

// pointsTo names the scheme and host that a redirect leads to; "": it can't be read. The
// rest of the address isn't shown: it may hold a secret.
func pointsTo(response *http.Response, words said.Words) string {
	to, err := response.Location()
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		return ""
	}
	return ": it leads to " + words.Line(to.Scheme+"://"+to.Host, MaxSaid)
}

// asksToWait says how long the server wants to be left alone; "" below a second.
func asksToWait(wait time.Duration) string {
	switch {
	case wait >= maxRetryAfter:
		return "it asks to wait for an hour, or for longer"
	case wait >= time.Second:
		return "it asks to wait for " + wait.Round(time.Second).String()
	}
	return ""
}

// judge decides what an answer with status 2xx is, once it is read. Data together with
// errors is partial: the caller may refuse or keep it.
func judge(status int, answer *envelope) (partial, failed *Error) {
	switch {
	case len(answer.errors) > 0 && answer.hasData():
		return fromGraphQL(status, answer.errors, answer.query), nil
	case len(answer.errors) > 0:
		return nil, fromGraphQL(status, answer.errors, answer.query)
	case answer.hasOwn():
		return nil, &Error{Kind: InvalidQuery, Status: status, Message: "the server refuses the request" + answer.quoted()}
	case !answer.hasData():
		return nil, &Error{Kind: BadAnswer, Status: status, Message: "the answer has neither data nor errors"}
	}
	return nil, nil
}

// notJSON refuses an answer whose Content-Type isn't JSON, such as a proxy's login page.
func notJSON(response *http.Response, words said.Words) *Error {
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err == nil && (media == "application/json" || media == "application/graphql-response+json") {
		return nil
	}
	if status := response.StatusCode; status == http.StatusNoContent || status == http.StatusResetContent {
		return &Error{
			Kind: NotSpeckle, Status: status, Message: fmt.Sprintf("the server answers HTTP %d, without any content", status),
			Hint: "a Speckle server answers a query with JSON: is the address its own, and not a proxy's?",
		}
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // half of it is still of use
	if says := awayPage(response.Header, body, words); says != "" {
		return &Error{
			Kind: ServerFault, Status: response.StatusCode, RetryAfter: retryAfter(response.Header, time.Now()),
			Message: "a page stands in the server's place: " + says,
		}
	}
	if media == "" {
		media = "of no known type"
	}
	return instead(response, media, body, words)
}

// wrongPath is the error of a 404. It suggests the other of Speckle's two documented paths.
func wrongPath(asked string) *Error {
	e := &Error{Kind: NotSpeckle, Status: http.StatusNotFound, Message: "no GraphQL at " + asked + " (HTTP 404)", Hint: otherPath(asked)}
	plain := strings.TrimRight(asked, "/")
	if base, found := strings.CutSuffix(plain, "/api/graphql"); found {
		e.Hint = "try " + base + endpoint.GraphQL
	} else if base, found := strings.CutSuffix(plain, endpoint.GraphQL); found {
		e.Hint = "try " + base + "/api/graphql, or check the server's address"
	}
	return e
}

// otherPath says where Speckle's GraphQL is, to who wrote another address of the server; ""
// where the address ends as that does.
func otherPath(asked string) string {
	u, err := url.Parse(asked)
	if err != nil || u.Host == "" || strings.HasSuffix(strings.TrimRight(u.Path, "/"), endpoint.GraphQL) {
		return ""
	}
	origin := u.Scheme + "://" + u.Host
	return "Speckle's GraphQL is at " + origin + endpoint.GraphQL + ": write " + origin + " as server"
}
