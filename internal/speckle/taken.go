package speckle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"speckle-runner/internal/speckle/split"
)

// taken lets only a good answer through, and hands its body to Take.
type taken struct{ next http.RoundTripper }

func (t *taken) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	x := callOf(ctx)
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, networkError(ctx, "reach "+request.URL.Scheme+"://"+request.URL.Host, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, refusedPlain(response, x).of(response.Header, x.words)
	}
	if media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); media == "text/html" {
		return nil, notJSON(response, x.words).of(response.Header, x.words)
	}
	in := &plainBody{ctx: ctx, x: x.plain, in: x.plain.Budget.reader(response.Body)}
	if err := x.plain.Take(in); err != nil {
		if failed, ok := errors.AsType[*Error](err); ok {
			return nil, failed.of(response.Header, x.words)
		}
		return nil, &split.RefusedError{Err: err}
	}
	response.Body, response.ContentLength = http.NoBody, 0
	return response, nil
}

// plainBody makes an Error of each error of reading, so that it isn't taken for one of Take.
type plainBody struct {
	ctx context.Context
	x   *plainCall
	in  io.Reader
}

func (b *plainBody) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.x.read += int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		err = networkError(b.ctx, readingAnswer, err)
	}
	return n, err
}

// refusedPlain reads an answer that isn't good. Routes of objects answer 401, without a
// reason, also to a token without scope or role; others give a reason.
func refusedPlain(response *http.Response, x *call) *Error {
	status, what := response.StatusCode, x.plain.What
	if status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusNotFound {
		return refused("", response, x)
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // half of it is still of use
	answer := x.envelope()
	_ = answer.members(bytes.TrimPrefix(body, split.ByteOrderMark))
	e := &Error{Status: status, Errors: answer.errors, Code: codeIn(body, x)}
	if e.Code == bundleCode {
		e.Hint = "its data is a bundle of files, which the version doesn't name: does it open in the browser? else publish it again"
	}
	says := answer.quoted()
	switch {
	case status == http.StatusForbidden && strings.Contains(says, "token is not valid"):
		response.Body = io.NopCloser(bytes.NewReader(body))
		return refused("", response, x)
	case status == http.StatusNotFound:
		e.Kind, e.Message = NotFound, fmt.Sprintf("the server has nothing there for %s (HTTP 404)%s", what, says)
		if says == "" && e.Hint == "" {
			e.Hint = "an old server doesn't know the address; the account may not have access"
		}
	default:
		e.Kind, e.Message = NoAccess, fmt.Sprintf("the server doesn't give %s to this token (HTTP %d)%s", what, status, says)
		e.Hint = "the token needs the scope streams:read, and its owner access to the project"
	}
	return e
}

// codeIn finds the code of an answer that is no GraphQL: beside its error, or
// inside.
func codeIn(body []byte, x *call) string {
	var outer struct {
		Code  string          `json:"code"`
		Error json.RawMessage `json:"error"`
	}
	var inner struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(body, &outer) // what is no JSON has no code
	_ = json.Unmarshal(outer.Error, &inner)
	if outer.Code == "" {
		outer.Code = inner.Code
	}
	return x.words.Line(outer.Code, MaxSaid)
}
