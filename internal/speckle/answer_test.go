package speckle_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle"
)

const pagedQuery = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name } } } }`

// pageOf is one answer to pagedQuery.
func pageOf(total any, cursor string, items ...string) string {
	if cursor != "null" {
		cursor = `"` + cursor + `"`
	}
	return fmt.Sprintf(`{"data":{"project":{"models":{"totalCount":%v,"cursor":%s,"items":[%s]}}}}`, total, cursor, strings.Join(items, ","))
}

// nullFor is GraphQL's own complaint about a field that nobody resolves.
func nullFor(field string) string {
	return `{"data":null,"errors":[{"message":"Cannot return null for non-nullable field ` + field +
		`.","path":["a"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`
}

// TestBadAnswers holds every answer that the bare GraphQL library takes for a
// success, or tells badly.
func TestBadAnswers(t *testing.T) {
	const html = "text/html"
	for name, c := range map[string]struct {
		status      int
		media, body string
		kind        speckle.Kind
		text        string
		requests    int
	}{
		"500 without errors":  {500, jsonType, `{"message":"boom"}`, speckle.ServerFault, "HTTP 500", 5},
		"500 with data":       {500, jsonType, `{"data":{"a":2}}`, speckle.ServerFault, "HTTP 500", 5},
		"500 data and errors": {500, jsonType, `{"data":{"a":2},"errors":[{"message":"x"}]}`, speckle.ServerFault, "HTTP 500: x", 5},
		"500 error string":    {500, jsonType, `{"error":"Unknown Auth context error"}`, speckle.ServerFault, "Unknown Auth context error", 5},
		"429 in a resolver": {429, jsonType, `{"errors":[{"message":"x","extensions":{"code":"RATE_LIMIT_ERROR"}}],"data":null}`,
			speckle.RateLimited, "rate limiting", 5},
		"429 with data": {429, jsonType, `{"data":{"a":1}}`, speckle.RateLimited, "rate limiting", 5},
		"502 HTML":      {502, html, "<html>bad gateway", speckle.ServerFault, "HTTP 502", 5},
		"503 empty":     {503, "", "", speckle.ServerFault, "HTTP 503", 5},
		"504":           {504, html, "", speckle.ServerFault, "HTTP 504", 5},
		"200 HTML":      {200, html, "<html>log in", speckle.NotSpeckle, "the answer is text/html, not JSON", 1},
		"204":           {204, "", "", speckle.NotSpeckle, "HTTP 204, without any content", 1},
		"403 behind a mark": {403, jsonType, "\xef\xbb\xbf" + `{"error":"Your token is not valid."}`, speckle.TokenRefused,
			"refuses the token", 1},
		"a mark alone":   {200, jsonType, "\xef\xbb\xbf", speckle.BadAnswer, "the answer is empty", 5},
		"200 no type":    {200, "", `{"data":{"a":1}}`, speckle.NotSpeckle, "of no known type", 1},
		"200 empty":      {200, jsonType, "", speckle.BadAnswer, "the answer is empty", 5},
		"data null":      {200, jsonType, `{"data":null}`, speckle.BadAnswer, "neither data nor errors", 1},
		"no data":        {200, jsonType, `{}`, speckle.BadAnswer, "neither data nor errors", 1},
		"data a list":    {200, jsonType, `{"data":[{"a":1}]}`, speckle.BadAnswer, "data isn't what the query asks for", 1},
		"cut":            {200, jsonType, `{"data":{"a":`, speckle.BadAnswer, "breaks off after 13 bytes", 5},
		"garbage behind": {200, jsonType, `{"data":{"a":1}} x`, speckle.BadAnswer, "the answer isn't whole JSON: something follows its end, at byte 17", 1},
		"second answer":  {200, jsonType, `{"data":{"a":1}}{"data":{"a":1}}`, speckle.BadAnswer, "at byte 16", 1},
		"odd path":       {200, jsonType, `{"data":null,"errors":[{"message":"x","path":["a",-1,{"b":1},null]}]}`, speckle.InvalidQuery, "a.-1.?.?: x", 1},
		"deeper than any": {200, jsonType, `{"data":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", speckle.BadAnswer,
			"it is nested more than 10000 deep", 1},
		"data twice": {200, jsonType, `{"data":{"a":1},"data":{"a":2}}`, speckle.BadAnswer, "isn't whole JSON: data stands there twice", 1},
		"not an object": {200, jsonType, `[1]`, speckle.BadAnswer,
			`the answer is a JSON list, where GraphQL gives an object: it begins "[1]"`, 1},
		"text": {200, jsonType, `"ok"`, speckle.BadAnswer,
			`the answer is a JSON value, where GraphQL gives an object: it begins "\"ok\""`, 1},
		"words": {200, jsonType, "upstream said no", speckle.BadAnswer, `isn't whole JSON: it begins "upstream said no"`, 1},
		"a page called JSON": {200, jsonType, "<!doctype html><title>Sign in &amp; go</title>", speckle.BadAnswer,
			`it is a web page that says "Sign in & go" (this looks like a login page`, 1},
		"XML": {200, "text/xml", "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", speckle.NotSpeckle,
			`text/xml, not JSON: it is XML that says "AccessDenied" (a storage`, 1},
		"compressed": {200, jsonType, "\x1f\x8b\x08\x00\x00", speckle.BadAnswer,
			"it is compressed, and doesn't say so (something on the way drops the Content-Encoding", 1},
		"compressed, no type": {200, "application/octet-stream", "\x1f\x8b\x08\x00\x00", speckle.NotSpeckle,
			"application/octet-stream, not JSON: it is compressed", 1},
		"a page of words": {200, html, "<html><style>a{}</style><p>Down \x1b[31mfor now</p>", speckle.NotSpeckle,
			`it is a web page that says "Down`, 1},
		"a page with a token": {200, html, "<title>" + strings.Repeat("x", 60) + token + "</title>", speckle.NotSpeckle,
			"it is a web page that says", 1},
		"empty page": {200, html, "", speckle.NotSpeckle, "the answer is text/html, not JSON, and empty", 1},
		"JSON called text": {200, "text/plain", `{"data":{"a":1}}`, speckle.NotSpeckle,
			"the answer looks like JSON, and is labelled text/plain (the server, or a proxy", 1},
		"error string in 200": {200, jsonType, `{"error":"no"}`, speckle.InvalidQuery, "refuses the request: no", 1},
		"error object in 400": {400, jsonType, `{"error":{"message":"entity too large","code":"USER_INPUT_ERROR"}}`, speckle.InvalidQuery,
			"entity too large", 1},
		"400 empty":       {400, "", "", speckle.NotSpeckle, "HTTP 400, and not the way Speckle does", 1},
		"401":             {401, "", "", speckle.TokenRefused, "unknown, expired or revoked", 1},
		"403 of a proxy":  {403, html, "<html>", speckle.NotSpeckle, "HTTP 403, and not the way Speckle does", 1},
		"407":             {407, html, "<html>", speckle.ProxyRefused, "it asks for a name and a password", 1},
		"425":             {425, "", "", speckle.ServerFault, "HTTP 425", 5},
		"501":             {501, html, "", speckle.NotSpeckle, "HTTP 501", 1},
		"511 of a portal": {511, html, "<html>log in", speckle.NotSpeckle, "HTTP 511", 1},
		"http to TLS, nginx": {400, html, "<html><title>400 The plain HTTP request was sent to HTTPS port</title>", speckle.WrongProtocol,
			"write https:// as server", 1},
		"http to TLS, Go": {400, "", "Client sent an HTTP request to an HTTPS server.\n", speckle.WrongProtocol, "write https:// as server",
			1},
		"away with a 200": {200, html, "<html><title>Scheduled&nbsp;maintenance</title>", speckle.ServerFault,
			"in the server's place: Scheduled maintenance", 5},
		"a feature that is off": {200, jsonType, nullFor("Project.automations"), speckle.NoValue,
			"Automate is off on this server: take the field automations of Project out", 1},
		"no value": {200, jsonType, nullFor("Model.author"), speckle.NoValue,
			"take the field author of Model out of the query, or ask who runs the server", 1},
		"no value for a fault": {200, jsonType,
			`{"data":null,"errors":[{"message":"Cannot return null for non-nullable field Project.models.","path":["p"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}},` +
				`{"message":"timeout acquiring a connection","path":["q"],"extensions":{"code":"DATABASE_ERROR","statusCode":502}}]}`,
			speckle.ServerFault, "q: timeout acquiring", 5},
		"a module that is off": {200, jsonType,
			`{"data":null,"errors":[{"message":"off","path":["activeUser","workspaces"],"extensions":{"code":"WORKSPACES_MODULE_DISABLED_ERROR","statusCode":423}}]}`, speckle.InvalidQuery, "Workspaces is off on this server: take activeUser.workspaces out", 1},
		"404": {404, html, "Cannot POST", speckle.NotSpeckle, "try https://speckle.test/api/graphql", 1},
		"302": {302, "", "", speckle.Redirected, "never sent after a redirect", 1},
		"307": {307, "", "", speckle.Redirected, "never sent after a redirect", 1},
		"fault inside 200": {200, jsonType,
			`{"data":null,"errors":[{"message":"connect ECONNREFUSED","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, speckle.ServerFault,
			"ECONNREFUSED", 5},
		"502 inside 200": {200, jsonType,
			`{"data":null,"errors":[{"message":"engine","extensions":{"code":"EXECUTION_ENGINE_X","statusCode":502}}]}`, speckle.ServerFault,
			"engine", 5},
		"fault beside data": {200, jsonType,
			`{"data":{"a":null},"errors":[{"message":"pool","path":["a"],"extensions":{"code":"DATABASE_ERROR","statusCode":502}}]}`,
			speckle.ServerFault, "no data came: a: pool", 5},
		"errors beside data": {200, jsonType, `{"data":{"a":null},"errors":[{"message":"x","path":["a"]}]}`, speckle.Partial,
			"no data came: a: x", 1},
		"final beside fault": {200, jsonType,
			`{"data":null,"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}},{"message":"y","path":["a",0,"b"],"extensions":{"code":"FORBIDDEN"}}]}`, speckle.NoAccess, "a.0.b: y (and 1 more error)", 1},
		"odd errors": {200, jsonType, `{"data":null,"errors":[{"message":5,"extensions":{"code":7,"statusCode":"x"}}]}`,
			speckle.InvalidQuery, `{"message":5`, 1},
		"errors a string": {200, jsonType, `{"errors":"down"}`, speckle.InvalidQuery, `"down"`, 1},
		"single sign-on": {200, jsonType,
			`{"data":null,"errors":[{"message":"x","path":["project"],"extensions":{"code":"SSO_SESSION_MISSING_OR_EXPIRED_ERROR","statusCode":401}}]}`, speckle.NoAccess, "log in to the workspace", 1},
		"no such model": {200, jsonType,
			`{"data":null,"errors":[{"message":"Model not found","path":["project","model"],"extensions":{"code":"BRANCH_NOT_FOUND"}}]}`,
			speckle.NotFound, "project.model: Model not found", 1},
		"a token in the answer": {500, jsonType, `{"error":"token ` + token + ` is odd"}`, speckle.ServerFault, "token [redacted] is odd", 5},
		"a token in an error": {200, jsonType, `{"errors":[{"message":"` + token + `","path":["` + token + `"],"extensions":{"code":"` + token +
			`"}}]}`, speckle.InvalidQuery, "[redacted]: [redacted]", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := read(t, t.Context(), job{query: "{ a }", base: directly(func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = nil
					if c.media != "" {
						w.Header().Set("Content-Type", c.media)
					}
					w.Header().Set("Location", "https://elsewhere.test/")
					w.WriteHeader(c.status)
					io.WriteString(w, c.body)
				})})
				failed, _ := errors.AsType[*speckle.Error](got.err)
				if failed == nil || failed.Kind != c.kind || !strings.Contains(failed.Error(), c.text) || got.stats.Requests != c.requests ||
					strings.HasSuffix(failed.Error(), ": no JSON") ||
					len(got.records) != 0 {
					t.Errorf("%v after %d requests, want %s: %s after %d", got.err, got.stats.Requests, c.kind, c.text, c.requests)
				}
			})
		})
	}
}

// TestOtherPaths: who wrote an address of the server that isn't its GraphQL's is told that.
func TestOtherPaths(t *testing.T) {
	const ours = "Speckle's GraphQL is at https://speckle.test/graphql: write https://speckle.test as server"
	for _, c := range []struct {
		server string
		status int
		want   string
	}{
		{"https://speckle.test/api", 404, ours},
		{"https://speckle.test/api/v1/", 405, ours},
		{"https://speckle.test/api/v1/", 501, ours},
		{"https://speckle.test/models/a1b2c3d4e5", 200, ours},
		{"https://speckle.test/api/graphql/", 404, "try https://speckle.test/graphql"},
		{"https://speckle.test/sub/graphql", 404, "try https://speckle.test/sub/api/graphql"},
		{"https://speckle.test", 405, "a proxy on the way may refuse the request"},
		{"https://speckle.test", 200, "and not of a proxy or a login page?"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := read(t, t.Context(), job{server: c.server, query: "{ a }", base: directly(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(c.status)
				io.WriteString(w, "<!doctype html><title>Speckle</title>")
			})})
			failed, _ := errors.AsType[*speckle.Error](got.err)
			if failed == nil || failed.Kind != speckle.NotSpeckle || !strings.Contains(failed.Hint, c.want) {
				t.Errorf("%s, HTTP %d: %v, want %s", c.server, c.status, got.err, c.want)
			}
		})
	}
}

// TestBadPages holds answers to a paged query that must not end as an export.
func TestBadPages(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		kind     speckle.Kind
		text     string
		requests int
	}{
		"collection null": {`{"data":{"project":{"models":null}}}`, speckle.BadAnswer, "project.models is null, without an error", 1},
		"parent null":     {`{"data":{"project":null}}`, speckle.BadAnswer, "project is null, without an error", 1},
		"parent absent":   {`{"data":{}}`, speckle.BadAnswer, "project is absent", 1},
		"items null": {`{"data":{"project":{"models":{"totalCount":1,"cursor":null,"items":null}}}}`, speckle.BadAnswer,
			"project.models.items is null", 1},
		"items no list": {`{"data":{"project":{"models":{"totalCount":1,"cursor":null,"items":{}}}}}`, speckle.BadAnswer,
			"project.models.items isn't what the query asks for", 1},
		"items absent": {`{"data":{"project":{"models":{"totalCount":1,"cursor":null}}}}`, speckle.BadAnswer,
			"project.models.items is absent", 1},
		"items twice": {`{"data":{"project":{"models":{"cursor":null,"items":[],"items":[]}}}}`, speckle.BadAnswer,
			"items stands there twice", 1},
		"cursor absent": {`{"data":{"project":{"models":{"totalCount":1,"items":[{"id":"a"}]}}}}`, speckle.BadAnswer,
			"project.models: the answer lacks the cursor", 1},
		"cursor repeats":  {pageOf(9, "c", `{"id":"a"}`), speckle.PagingFault, `gives the cursor "c" again`, 2},
		"cut in a record": {`{"data":{"project":{"models":{"items":[{"id":"a"},{"id":`, speckle.BadAnswer, "breaks off", 5},
		"comma too many":  {`{"data":{"project":{"models":{"cursor":null,"items":[{"id":"a"},]}}}}`, speckle.BadAnswer, "at byte", 1},
		"garbage behind":  {pageOf(1, "null", `{"id":"a"}`) + "x", speckle.BadAnswer, "at byte", 1},
		"null among records": {pageOf(3, "null", `{"id":"a"}`, "null", `{"id":"b"}`), speckle.BadAnswer,
			"project.models.items: 1 of 3 records is null, without an error", 1},
		"nulls alone": {pageOf(2, "null", "null", "null"), speckle.BadAnswer, "project.models.items: 2 of 2 records are null", 1},
		"errors behind": {`{"data":{"project":{"models":{"totalCount":1,"cursor":null,"items":[{"id":"a","name":null}]}}},"errors":[{"message":"no","path":["project","models","items",0,"name"],"extensions":{"code":"FORBIDDEN","scope":"x:read"}}]}`,
			speckle.ScopeMissing, "the answer is partial: the token lacks the scope x:read, which project.models.items.0.name needs", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying(c.body))})
				failed, _ := errors.AsType[*speckle.Error](got.err)
				if failed == nil || failed.Kind != c.kind || !strings.Contains(failed.Error(), c.text) || got.stats.Requests != c.requests {
					t.Errorf("%v after %d requests, want %s: %s after %d", got.err, got.stats.Requests, c.kind, c.text, c.requests)
				}
			})
		})
	}
}

// TestAMarkBeforeTheText: a byte order mark is no part of an answer.
func TestAMarkBeforeTheText(t *testing.T) {
	got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying("\xef\xbb\xbf" + pageOf(1, "null", `{"id":"a"}`)))})
	if got.err != nil || got.stats.Records != 1 || got.stats.Short != nil {
		t.Errorf("%+v, %v", got.stats, got.err)
	}
}

// TestCountsAsText: a totalCount that isn't written as a whole number counts all
// the same, one that is none says nothing, and one beyond all numbers is more than any list has.
func TestCountsAsText(t *testing.T) {
	for total, want := range map[string]int64{`"3"`: 3, "3.0": 3, "3e0": 3, "-3": -1, `"many"`: -1, "3.5": -1, "true": -1, "1e300": 1 << 53} {
		body := strings.Replace(pageOf(7, "null", `{"id":"a"}`), `"totalCount":7`, `"totalCount":`+total, 1)
		got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying(body))})
		if got.err != nil || got.stats.Total != want || (got.stats.Short != nil) != (want > 1) {
			t.Errorf("%s: %v, total %d, short %v", total, got.err, got.stats.Total, got.stats.Short)
		}
	}
}

func TestLocationsStay(t *testing.T) {
	got := read(t, t.Context(), job{query: "{ a }", base: directly(saying(
		`{"errors":[{"message":"x","locations":[{"line":3,"column":7}],"path":["a"],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED","statusCode":400}}]}`))})
	failed, _ := errors.AsType[*speckle.Error](got.err)
	if failed == nil || failed.Code != "GRAPHQL_VALIDATION_FAILED" || len(failed.Errors) != 1 ||
		failed.Errors[0].Locations[0] != (speckle.Location{Line: 3, Column: 7}) ||
		failed.Errors[0].StatusCode != 400 || failed.Errors[0].Path != "a" {
		t.Errorf("%+v", failed)
	}
}

func TestRetryFollowsTheServer(t *testing.T) {
	for header, want := range map[string]time.Duration{"0.646": 646 * time.Millisecond, "3": 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			tries, start := 0, time.Now()
			got := read(t, t.Context(), job{query: "{ n }", base: directly(func(w http.ResponseWriter, r *http.Request) {
				if tries++; tries == 1 {
					w.Header().Set("Retry-After", header)
					w.WriteHeader(429)
					return
				}
				saying(`{"data":{"n":12345678901234567890.10}}`)(w, r)
			})})
			if got.err != nil || len(got.records) != 1 || got.records[0] != `{"n":12345678901234567890.10}` {
				t.Errorf("%s %v", got.records, got.err)
			}
			if waited := time.Since(start); waited != want {
				t.Errorf("Retry-After %s: waited %s", header, waited)
			}
		})
	}
}

// TestRetriesKeepOnePage breaks each page's first try in the middle: what it
// gave is dropped, and every record is delivered once.
func TestRetriesKeepOnePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		got := read(t, t.Context(), job{query: pagedQuery, base: directly(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			page := pageOf(4, "c", `{"id":"a"}`, `{"id":"b"}`)
			if strings.Contains(string(body), `"cursor":"c"`) {
				page = pageOf(4, "null", `{"id":"c"}`, ` { "id" : "d" , "n" : [ 1 , 2 ] } `)
			}
			if n++; n%2 == 1 {
				page = page[:strings.LastIndex(page, "id")]
			}
			saying(page)(w, r)
		})})
		if want := `{"id":"a"} {"id":"b"} {"id":"c"} {"id":"d","n":[1,2]}`; got.err != nil || strings.Join(got.records, " ") != want {
			t.Errorf("%v %v", got.records, got.err)
		}
		if got.dropped != 2 || got.stats.Requests != 4 || got.stats.Duplicates != 0 {
			t.Errorf("dropped %d, %+v", got.dropped, got.stats)
		}
	})
}

func TestMutationIsSentOnce(t *testing.T) {
	broken := func(err error) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	status := func(code int) http.RoundTripper {
		return directly(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	for name, c := range map[string]struct {
		base http.RoundTripper
		want int
	}{
		"500":               {status(500), 1},
		"502":               {status(502), 1},
		"429":               {status(429), 5},
		"cut":               {directly(saying(`{"data":{`)), 1},
		"fault inside 200":  {directly(saying(`{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`)), 1},
		"connection breaks": {broken(io.ErrUnexpectedEOF), 1},
		"nobody listens":    {broken(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := read(t, t.Context(), job{query: "mutation { a }", base: c.base})
			if got.err == nil || got.stats.Requests != c.want {
				t.Errorf("%s: sent %d times, want %d (%v)", name, got.stats.Requests, c.want, got.err)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestQuietAnswerEnds holds a body that stops in the middle and one that goes
// on slowly.
func TestQuietAnswerEnds(t *testing.T) {
	serve := func(pause time.Duration, text string) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			in, out := io.Pipe()
			context.AfterFunc(r.Context(), func() { in.CloseWithError(r.Context().Err()) })
			go func() {
				for _, part := range strings.SplitAfter(text, ",") {
					if _, err := io.WriteString(out, part); err != nil {
						return
					}
					select {
					case <-time.After(pause):
					case <-r.Context().Done():
						return
					}
				}
				out.Close()
			}()
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: in, ContentLength: -1}, nil
		})
	}
	text := pageOf(2, "null", `{"id":"a"}`, `{"id":"b"}`)
	synctest.Test(t, func(t *testing.T) {
		if got := read(t, t.Context(), job{query: pagedQuery, base: serve(59*time.Second, text)}); got.err != nil || len(got.records) != 2 {
			t.Errorf("slow: %v %v", got.records, got.err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		got := read(t, t.Context(), job{query: pagedQuery, base: serve(61*time.Second, text)})
		failed, _ := errors.AsType[*speckle.Error](got.err)
		if failed == nil || failed.Kind != speckle.Timeout || !strings.Contains(failed.Error(), "no byte for 1m0s") || got.stats.Requests != 5 {
			t.Errorf("quiet: %v after %d requests", got.err, got.stats.Requests)
		}
	})
}

func TestTheRunsOwnEndIsTold(t *testing.T) {
	hang := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	busy := directly(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	later := directly(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(429)
	})
	cause := errors.New("the job's timeout is over")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, cause)
		defer cancel()
		got := read(t, ctx, job{query: "{ a }", base: hang})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.Timeout || !errors.Is(got.err, cause) ||
			got.stats.Requests != 1 {
			t.Errorf("%+v", got.err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		got := read(t, ctx, job{query: "{ a }", base: hang})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.Canceled || !errors.Is(got.err, cause) {
			t.Errorf("%+v", got.err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		got := read(t, ctx, job{query: "{ a }", base: busy})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.ServerFault ||
			!errors.Is(got.err, cause) {
			t.Errorf("between two tries: %+v", got.err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, cause)
		defer cancel()
		start := time.Now()
		got := read(t, ctx, job{query: "{ a }", base: later})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.RateLimited || time.Since(start) != 0 {
			t.Errorf("waiting for what comes too late: %+v after %s", got.err, time.Since(start))
		}
	})
}

func TestSinkEndsARead(t *testing.T) {
	full := errors.New("disk is full")
	for _, query := range []string{"{ project { models { items { id } } } }", pagedQuery} {
		got := read(t, t.Context(), job{query: query, base: directly(saying(pageOf(2, "null", `{"id":"a"}`, `{"id":"b"}`))),
			refuse: func(string) error { return full }})
		if got.err != full || got.stats.Requests != 1 || got.dropped != 1 { //nolint:errorlint // the very error, as it was given
			t.Errorf("%v after %d requests, %d dropped", got.err, got.stats.Requests, got.dropped)
		}
	}
}

func TestPiecesHaveLimits(t *testing.T) {
	big := strings.Repeat("x", 300<<10)
	for name, j := range map[string]job{
		"a record": {query: pagedQuery, base: directly(saying(pageOf(1, "null", `{"id":"`+big+`"}`))), maxRecord: 200 << 10},
		"beside records": {query: pagedQuery, base: directly(saying(`{"data":{"project":{"name":"` + big +
			`","models":{"cursor":null,"items":[]}}}}`)), maxAnswer: 200 << 10},
		"unpaged": {query: "{ a }", base: directly(saying(`{"data":{"a":"` + big + `"}}`)), maxAnswer: 200 << 10},
	} {
		got := read(t, t.Context(), j)
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.TooLarge || got.stats.Requests != 1 {
			t.Errorf("%s: %v", name, got.err)
		}
	}
	got := read(t, t.Context(), job{query: pagedQuery, base: directly(saying(pageOf(1, "null", `{"id":"`+big+`"}`)))})
	if got.err != nil || len(got.records) != 1 || len(got.records[0]) != len(big)+9 {
		t.Errorf("below the limit: %v", got.err)
	}
}

// TestARequestIsNamed: what the server's own log knows a request by stands in
// its error, as much of it as is safe to print.
func TestARequestIsNamed(t *testing.T) {
	for id, want := range map[string]string{
		"4f9e7c1a-0000-4000-8000-000000000001": " [x-request-id 4f9e7c1a-0000-4000-8000-000000000001]",
		"a\x1b[31m b\u202e":                    " [x-request-id a[31mb]",
		strings.Repeat("x", 500):               " [x-request-id " + strings.Repeat("x", 64) + "…]",
		token:                                  " [x-request-id [redacted]]",
		"":                                     "",
	} {
		for what, answer := range map[string]string{
			"a status": "", "an error": `{"errors":[{"message":"x"}]}`,
			"a partial answer": `{"data":{"a":null},"errors":[{"message":"x","path":["a"]}]}`, "no JSON": `{"data"!`,
		} {
			got := read(t, t.Context(), job{query: "{ a }", base: directly(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Request-ID", id)
				if answer == "" {
					w.WriteHeader(404)
				}
				saying(answer)(w, r)
			})})
			if got.err == nil || !strings.Contains(got.err.Error(), want) || (want == "") == strings.Contains(got.err.Error(), "x-request-id") ||
				strings.Contains(got.err.Error(), "\x1b") {
				t.Errorf("%s: %v, want %q", what, got.err, want)
			}
		}
	}
}
