package preflight_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/preflight"
	"speckle-runner/internal/speckle/query"
)

const (
	token    = "0123456789abcdef0123456789abcdef01234567ab"
	jsonType = "application/json; charset=utf-8"

	modelsQuery = `query Models($p: String!, $cursor: String) { project(id: $p) { models(cursor: $cursor) { totalCount cursor items { id } } } }`
	teamQuery   = `query Team($p: String!) { project(id: $p) { id team { id } } }`
	mailQuery   = `{ activeUser { name email } }`
	adminQuery  = `{ admin { userList { totalCount } } }`
)

// flown is a check of one query.
type flown struct {
	server    string
	token     string // "": none
	query     string
	preflight *preflight.Checker
	shared    query.Needs
	now       time.Time
	base      http.RoundTripper
}

func (f flown) check(t *testing.T) *preflight.Report {
	t.Helper()
	server, err := endpoint.Parse(f.server, false)
	if err != nil {
		t.Fatal(err)
	}
	q, problems := query.Parse(f.query)
	if q == nil {
		t.Fatal(problems)
	}
	if f.preflight == nil {
		f.preflight = &preflight.Checker{}
	}
	if f.now.IsZero() {
		f.now = time.Now()
	}
	o := speckle.Options{Server: server, UserAgent: "runner-test", Limiters: speckle.NewLimiters(), Base: f.base}
	if f.token != "" {
		o.Token = secret.New(f.token)
	}
	report := f.preflight.Check(t.Context(), o, preflight.Asked{
		Queries: []preflight.AskedQuery{{Key: "query", Query: q}}, Needs: q.Needs(), Shared: q.Needs().Join(f.shared), Now: f.now,
	})
	if printed := fmt.Sprintf("%+v", report); f.token != "" && strings.Contains(printed, f.token) {
		t.Errorf("the token is in %s", printed)
	}
	return report
}

func needs(t *testing.T, text string) query.Needs {
	t.Helper()
	q, problems := query.Parse(text)
	if q == nil {
		t.Fatalf("%v in %s", problems, text)
	}
	return q.Needs()
}

// told writes findings as lines, the query's and the server's good ones left
// out.
func told(r *preflight.Report) string {
	var lines []string
	for _, f := range r.Findings {
		if f.Verdict == preflight.Good && (f.About == preflight.AboutServer || f.About == preflight.AboutQuery) {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", f.Verdict, f.About, f.Text))
	}
	return strings.Join(lines, "\n")
}

func fakeServer(t *testing.T, o fake.Options) *fake.Server {
	t.Helper()
	s, err := fake.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPreflightOfTokens(t *testing.T) {
	s := fakeServer(t, fake.Options{Workspaces: true})
	in := func(name string, left time.Duration, scopes ...string) fake.Token {
		token := fake.NewToken(name, scopes...)
		token.Expires = time.Now().Add(left)
		return token
	}
	shared := &preflight.Checker{}
	stranger := fake.NewToken("stranger", "server:stats", "users:read", "profile:read")
	stranger.User = fake.StrangerID
	const mine = "ok owner: Orla Byrne <orla.byrne@harbourlime.example>"
	for name, c := range map[string]struct {
		token  fake.Token
		query  string
		shared string // a query of another job with this token
		want   string
	}{
		"exactly enough": {fake.NewToken("exact", "streams:read"), modelsQuery, "",
			"ok token: accepted\nunknown owner: the token may not say whose it is: it lacks profile:read\nok scopes: enough: streams:read"},
		"one is missing": {fake.NewToken("less", "streams:read", "apps:read"), teamQuery, "",
			"ok token: accepted\nunknown owner: the token may not say whose it is: it lacks profile:read\n" +
				"failed scopes: the token lacks users:read, which Project.team needs"},
		"both are missing": {fake.NewToken("least", "apps:read"), teamQuery, "",
			"ok token: accepted\nunknown owner: the token may not say whose it is: it lacks profile:read\n" +
				"failed scopes: the token lacks streams:read, which Query.project needs\n" +
				"failed scopes: the token lacks users:read, which Project.team needs"},
		"an address that will be empty": {fake.NewToken("mail", "profile:read"), mailQuery, "",
			"ok token: accepted\nok owner: Orla Byrne\nok scopes: enough: profile:read\n" +
				"warning scopes: User.email will be empty: the token lacks profile:email"},
		"an address": {fake.NewToken("mail too", "profile:read", "profile:email"), mailQuery, "",
			"ok token: accepted\n" + mine + "\nok scopes: enough: profile:read"},
		"it tells of itself": {in("nightly", 9*24*time.Hour+time.Minute, "profile:read", "tokens:read", "streams:read", "streams:write",
			"users:read"), modelsQuery, teamQuery,
			"ok token: accepted, named \"nightly\"\nok owner: Orla Byrne\nwarning expiry: the token expires in 9 days (DATE)\n" +
				"ok scopes: enough: streams:read\n" +
				"warning scopes: the token may do more than its jobs need: streams:write"},
		"it may do everything": {fake.NewToken("star", "*"), modelsQuery, "", "ok token: accepted, named \"star\"\n" + mine +
			"\nok expiry: the token doesn't expire\nok scopes: enough: streams:read\nwarning scopes: the token may do more than its jobs need: *"},
		"it lasts": {in("lasting", 90*24*time.Hour+time.Minute, "profile:read", "tokens:read", "streams:read"), modelsQuery, "",
			"ok token: accepted, named \"lasting\"\nok owner: Orla Byrne\nok expiry: the token expires in 90 days (DATE)\n" +
				"ok scopes: enough: streams:read"},
		"it ends today": {in("ending", time.Hour+time.Minute, "profile:read", "tokens:read", "streams:read"), modelsQuery, "",
			"ok token: accepted, named \"ending\"\nok owner: Orla Byrne\nwarning expiry: the token expires in 1 hour (DATE)\n" +
				"ok scopes: enough: streams:read"},
		"no role": {stranger, adminQuery, "",
			"ok token: accepted\nok owner: OWNER\nunknown scopes: whether the token has server:stats can't be asked\n" +
				"failed owner: the token's owner is SERVER_USER, but AdminQueries.userList, Query.admin needs SERVER_ADMIN"},
		"a scope that can't be probed": {fake.NewToken("hooks", "streams:read", "profile:read"),
			`{ project(id: "1") { webhooks { totalCount } } }`, "",
			"ok token: accepted\nok owner: Orla Byrne\nunknown scopes: whether the token has streams:write can't be asked" +
				"\nfailed ids: query, line 1:16: project(id: \"1\"): Project not found"},
		"a workspace": {fake.NewToken("space", "workspace:read"), `{ workspaceBySlug(slug: "x") { id team { totalCount } } }`, "",
			"ok token: accepted\nunknown owner: the token may not say whose it is: it lacks profile:read\n" +
				"failed scopes: the token lacks users:read, which Workspace.team needs" +
				"\nfailed ids: query, line 1:26: workspaceBySlug(slug: \"x\"): Workspace not found"},
		"nothing is needed": {fake.NewToken("idle", "apps:read"), `{ serverInfo { name } }`, "",
			"ok token: accepted\nunknown owner: the token may not say whose it is: it lacks profile:read\nok scopes: enough: none is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			s.AddTokens(c.token)
			f := flown{server: s.URL, token: c.token.Token, query: c.query, preflight: shared}
			if c.shared != "" {
				f.shared = needs(t, c.shared)
			}
			report := f.check(t)
			got := told(report)
			if !c.token.Expires.IsZero() {
				got = strings.NewReplacer(c.token.Expires.UTC().Format("2006-01-02 15:04 MST"), "DATE", c.token.Expires.UTC().Format(time.DateOnly),
					"DATE").Replace(got)
			}
			if c.token.User == fake.StrangerID {
				got = strings.Replace(got, report.Token.Owner, "OWNER", 1)
			}
			if got != c.want {
				t.Errorf("told:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// TestPreflightOfRefusedTokens: the server doesn't say which of them it is.
func TestPreflightOfRefusedTokens(t *testing.T) {
	revoked, expired := fake.NewToken("revoked", "streams:read"), fake.NewToken("expired", "streams:read")
	revoked.Revoked, expired.Expires = true, time.Now().Add(-time.Hour)
	s := fakeServer(t, fake.Options{Tokens: []fake.Token{revoked, expired}})
	for name, token := range map[string]string{"revoked": revoked.Token, "expired": expired.Token, "unknown": token,
		"no token at all": "two words"} {
		report := flown{server: s.URL, token: token, query: modelsQuery}.check(t)
		got := told(report)
		if !report.Bad(preflight.AboutToken) || report.Bad(preflight.AboutServer, preflight.AboutQuery) {
			t.Errorf("%s: %s", name, got)
		}
		if name != "no token at all" &&
			got != "failed token: the server refuses the token: it is unknown, expired or revoked, and the server doesn't say which" {
			t.Errorf("%s: %s", name, got)
		}
	}
	report := flown{server: s.URL, query: modelsQuery}.check(t)
	if got := told(report); got != "" || report.Bad() || report.Version == "" {
		t.Errorf("without a token: %s", got)
	}
}

// TestPreflightOfQueries holds queries against what the server says, not
// against the embedded facts.
func TestPreflightOfQueries(t *testing.T) {
	token := fake.NewToken("q", "streams:read", "profile:read")
	s := fakeServer(t, fake.Options{Tokens: []fake.Token{token}})
	p := &preflight.Checker{}
	for query, want := range map[string]string{
		"query Q($p: String!) {\n  project(id: $p) { issues { totalCount } quux }\n}": `failed query: query, line 2:21: Cannot query field "issues" on type "Project".` + "\n" +
			`failed query: query, line 2:43: Cannot query field "quux" on type "Project".`,
		`query Q($p: Int!) { project(id: $p) { id } }`:            `failed query: query, line 1:33: Variable "$p" of type "Int!" used in position expecting type "String!".`,
		`{ project(id: "1") { a b c d e f g } }`:                  `failed query: query: and 2 more problems`,
		`mutation M { projectMutations { create { id } } }`:       "",
		`mutation M { projectMutations { create { identity } } }`: `failed query: query, line 1:42: Cannot query field "identity" on type "Project".`,
	} {
		report := flown{server: s.URL, token: token.Token, query: query, preflight: p}.check(t)
		if got := told(report); !strings.Contains(got, want) || report.Bad(preflight.AboutQuery) != (want != "") {
			t.Errorf("%s: %s\nwant %s", query, got, want)
		}
	}
	schemas := 0
	for _, seen := range s.Requests() {
		if strings.Contains(seen.Query, "__schema") {
			schemas++
		}
		if strings.HasPrefix(seen.Query, "mutation") || strings.Contains(seen.Query, "issues") || seen.Operation == "Q" || seen.Operation == "M" {
			t.Errorf("a job's own query was sent: %s", seen.Query)
		}
	}
	if schemas != 1 {
		t.Errorf("the schema was asked for %d times", schemas)
	}
}

// TestPreflightOfServers meets what isn't a Speckle server, or not today.
func TestPreflightOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"down":       {nil, "failed server: "},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }, "failed server: the answer is text/"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		}, "failed server: the server redirects"},
		"no GraphQL": {http.NotFound, "failed server: no GraphQL at"},
		"rate limits": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
			"failed server: the server is rate limiting"},
		"no introspection": {func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, 1<<16)
			n, _ := r.Body.Read(body)
			w.Header().Set("Content-Type", jsonType)
			switch text := string(body[:n]); {
			case strings.Contains(text, "__schema"):
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, `{"errors":[{"message":"GraphQL introspection is not allowed","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`)
			case strings.Contains(text, "serverInfo"):
				fmt.Fprint(w, `{"data":{"serverInfo":{"version":"3.0.0"}}}`)
			default:
				fmt.Fprint(w, `{"data":{"activeUser":{"id":"1","name":"A","email":null,"role":"server:user"}}}`)
			}
		}, "unknown query: the query isn't held against the server's schema: the server doesn't show it (introspection is off)"},
		"a schema that is none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			fmt.Fprint(w, `{"data":{"serverInfo":{"version":"3.0.0"},"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[]}]},"activeUser":null}}`)
		}, "unknown query: the query isn't held against the server's schema: read the schema: "},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			if c.handler == nil {
				server.Close()
			}
			report := flown{server: server.URL, token: token, query: `{ activeUser { id } }`}.check(t)
			if got := told(report); !strings.Contains(got, c.want) {
				t.Errorf("told: %s, want %s", got, c.want)
			}
		})
	}
}

func TestPreflightOfATokenAlone(t *testing.T) {
	good := fake.NewToken("good", "profile:read", "tokens:read")
	good.Expires = time.Now().Add(72*time.Hour + time.Minute)
	s := fakeServer(t, fake.Options{Tokens: []fake.Token{good}})
	server, err := endpoint.Parse(s.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	var p preflight.Checker
	report := p.CheckToken(t.Context(), speckle.Options{Server: server, Token: secret.New(good.Token)}, time.Now())
	if report.Bad() || !report.Token.Accepted || report.Token.Expires.Sub(good.Expires).Abs() > time.Second || s.Count() != 2 {
		t.Errorf("%+v after %d requests", report, s.Count())
	}
	report = p.CheckToken(t.Context(), speckle.Options{Server: server, Token: secret.New(token)}, time.Now())
	if !report.Bad(preflight.AboutToken) || report.Token.Accepted || s.Count() != 3 {
		t.Errorf("%+v after %d requests", report, s.Count())
	}
}
