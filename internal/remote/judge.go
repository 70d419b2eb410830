package remote

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"speckle-runner/internal/said"
)

const (
	// most is the most bytes of an answer: enough for a thousand runs with their messages.
	most = 256 << 20
	// noPage begins what a runner says about a path that it doesn't have.
	noPage = "no such page"
	lookAt = "is the address that of a runner serve, with the path that a proxy has put it below?"
)

// problem is the API's answer when it refuses something.
type problem struct {
	Error, Hint, Run, Detail string
}

// judge reads an answer's JSON into a value, or makes an error of what came in its place.
func (c *Client) judge(doing string, response *http.Response, body []byte, into any) error {
	status := response.StatusCode
	e := &Error{Status: status, Doing: doing}
	switch {
	case status/100 == 3:
		return c.redirected(e, response)
	case len(body) > most:
		e.Kind, e.What, e.Todo = Broken, "the answer is larger than "+fmt.Sprint(most>>20)+" MiB", "ask for fewer runs"
		return e
	case status/100 != 2:
		var p problem
		if kindOf(response) != "application/problem+json" && kindOf(response) != "application/json" || json.Unmarshal(body, &p) != nil ||
			cmp.Or(p.Error, p.Detail) == "" {
			return c.stranger(e, response, body)
		}
		return c.refused(e, response, p)
	case kindOf(response) != "application/json":
		return c.stranger(e, response, body)
	}
	return c.read(e, body, into)
}

// read reads the answer's JSON into a value.
func (c *Client) read(e *Error, body []byte, into any) error {
	e.Kind, e.Todo = Broken, "is the runner there as new as this one?"
	if err := json.Unmarshal(body, into); err != nil {
		e.What = "the answer isn't the JSON that was expected: " + c.words.Line(err.Error(), maxSaid)
		return e
	}
	if whole, is := into.(interface{ lacks() string }); is {
		if missing := whole.lacks(); missing != "" {
			e.What = "the answer has no " + missing
			return e
		}
	}
	return nil
}

func kindOf(response *http.Response) string {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return kind
}

// redirected says where a redirect points. It isn't followed: the token goes to one address
// only.
func (c *Client) redirected(e *Error, response *http.Response) error {
	e.Kind, e.What = Elsewhere, fmt.Sprintf("it points elsewhere (HTTP %d)", e.Status)
	e.Todo = "the token goes nowhere but to the address that was given: " + lookAt
	to, err := response.Location()
	if err != nil {
		return e
	}
	to.User, to.RawQuery, to.Fragment = nil, "", ""
	e.What = fmt.Sprintf("it points to %s (HTTP %d)", c.words.Line(to.String(), maxSaid), e.Status)
	if base, is := strings.CutSuffix(to.Path, c.path(response)); is && base != to.Path {
		e.Todo = "the token isn't sent there; if that is right, give --server " +
			c.words.Line((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: base}).String(),
				maxSaid)
	}
	return e
}

// path gives the path that was asked for, below the address.
func (c *Client) path(response *http.Response) string {
	return strings.TrimPrefix(response.Request.URL.Path, c.o.Address.base.Path)
}

// refused makes the error for a refusal of a runner.
func (c *Client) refused(e *Error, response *http.Response, p problem) error {
	e.What, e.Todo = c.words.Line(cmp.Or(p.Error, p.Detail), maxSaid), c.words.Line(p.Hint, maxSaid)
	e.Run = said.Line(p.Run, maxSaid)
	switch e.Status {
	case http.StatusUnauthorized:
		return c.noToken(e)
	case http.StatusForbidden:
		e.Kind = Forbidden
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		e.Kind = Unknown
		if strings.HasPrefix(e.What, noPage) || e.Status == http.StatusMethodNotAllowed {
			e.Kind, e.Todo = Rejected, lookAt+" And is the runner there as new as this one?"
		}
	case http.StatusConflict:
		e.Kind = Conflict
	case http.StatusTooManyRequests:
		return busy(e, response)
	default:
		e.Kind = Rejected
		if e.Status >= http.StatusInternalServerError {
			e.Kind, e.passing = Fault, e.Status != http.StatusInsufficientStorage
		}
	}
	return e
}

func (c *Client) noToken(e *Error) error {
	e.Kind, e.What = Refused, "it doesn't take the token of RUNNER_WEB_TOKEN"
	e.Todo = "set it to the one that `runner serve` was started with there"
	if c.o.Token.IsZero() {
		e.What = "it asks for a token, and RUNNER_WEB_TOKEN isn't set here"
		e.Todo = "set it, or name a file that has it by --env-file, to the one that `runner serve` was started with there"
	}
	return e
}

func busy(e *Error, response *http.Response) error {
	e.Kind, e.passing = Busy, true
	e.What = cmp.Or(e.What, "too many requests (HTTP 429)")
	e.Todo = "ask again in a while"
	if after := response.Header.Get("Retry-After"); after != "" {
		e.Todo = "ask again after " + said.Line(after, 40)
		if strings.Trim(after, "0123456789") == "" {
			e.Todo += " s"
		}
	}
	return e
}

// stranger makes the error for an answer that is no runner's: of a proxy, a login page or
// another program.
func (c *Client) stranger(e *Error, response *http.Response, body []byte) error {
	e.Kind, e.Todo = NotRunner, lookAt
	e.What = fmt.Sprintf("what answers is no runner (HTTP %d%s)", e.Status, c.about(response, body))
	switch {
	case e.Status == http.StatusTooManyRequests:
		e.What = ""
		return busy(e, response)
	case e.Status == http.StatusBadRequest && bytes.Contains(body, []byte("HTTPS")):
		e.What, e.Todo = "what answers there speaks HTTPS", "write https:// in the address"
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusProxyAuthRequired:
		e.Todo = "a proxy on the way asks who is there: have it let the API through, or go past it (NO_PROXY)"
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
		e.Kind, e.passing = Fault, true
		e.What = fmt.Sprintf("what stands before the runner can't reach it (HTTP %d%s)", e.Status, c.about(response, body))
		e.Todo = "is `runner serve` up?"
	case kindOf(response) == "text/html" && e.Status/100 == 2:
		e.Todo = "is that the login page of a proxy on the way? Have it let the API through; or " + lookAt
	}
	return e
}

// about describes the answer, where it is a web page, by its title.
func (c *Client) about(response *http.Response, body []byte) string {
	const look = 64 << 10
	if kindOf(response) != "text/html" {
		return ""
	}
	title := c.words.Line(said.Title(string(body[:min(len(body), look)])), 80)
	if title == "" {
		return ", a web page"
	}
	return fmt.Sprintf(", a web page, %q", title)
}
