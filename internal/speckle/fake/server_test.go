package fake_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// serve asks a server that doesn't listen.
func serve(s *fake.Server, path, token string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const whoAmI = `{ activeUser { id } }`

func TestTokens(t *testing.T) {
	good, over := all(), fake.NewToken("over", fake.AllScopes...)
	over.Expires = noon
	revoked := fake.NewToken("revoked", fake.AllScopes...)
	s := start(t, fake.Options{Tokens: []fake.Token{good, over, revoked}})
	s.RevokeToken(revoked.ID())
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"good":              {"Bearer " + good.Token, 200},
		"without Bearer":    {good.Token, 200},
		"expired":           {"Bearer " + over.Token, 403},
		"revoked":           {"Bearer " + revoked.Token, 403},
		"unknown":           {"Bearer " + fake.NewToken("nobody").Token, 403},
		"wrong secret":      {"Bearer " + good.Token[:41] + "x", 403},
		"Bearer and nought": {"Bearer ", 403},
		"lower case":        {"bearer " + good.Token, 403},
		"two spaces":        {"Bearer  " + good.Token, 403},
		"basic":             {"Basic " + good.Token, 403},
	} {
		for _, path := range []string{"/graphql", "/api/graphql"} {
			r, _ := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(`{"query":"{ serverInfo { name } }"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", c.header)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			want := c.status
			if want == 200 && path != "/graphql" {
				want = 404
			}
			if answer.StatusCode != want {
				t.Errorf("%s at %s: %d, want %d", name, path, answer.StatusCode, want)
			}
		}
	}
	if g := ask(t, s, "", whoAmI, nil); g.status != 200 || strings.TrimSpace(string(g.body)) != `{"data":{"activeUser":null}}` {
		t.Errorf("without a token: %d %s", g.status, g.body)
	}
}

// TestATokenIsMadeUp of 42 hex digits, the same for the same name.
func TestATokenIsMadeUp(t *testing.T) {
	a, b := fake.NewToken("a"), fake.NewToken("b")
	if !regexp.MustCompile(`^[0-9a-f]{42}$`).MatchString(a.Token) || a.Token == b.Token || a.Token != fake.NewToken("a").Token ||
		a.ID() != a.Token[:10] {
		t.Error("not as Speckle's")
	}
	for _, printed := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v", a, a), fmt.Sprintf("%+v", fake.Options{Tokens: []fake.Token{a}})} {
		if strings.Contains(printed, a.Token[10:]) {
			t.Errorf("printed whole: %s", printed)
		}
	}
}

func TestAccess(t *testing.T) {
	reader := fake.NewToken("reader", "streams:read", "users:read")
	stranger := fake.NewToken("stranger", fake.AllScopes...)
	stranger.User = fake.StrangerID
	limited := fake.NewToken("limited", fake.AllScopes...)
	limited.LimitProjects = []string{fake.SchoolID}
	plain := fake.NewToken("plain", "server:stats", "users:read", "streams:read", "streams:write")
	plain.User = fake.MemberID
	s := start(t, fake.Options{Tokens: []fake.Token{all(), reader, stranger, limited, plain}})
	project := func(id, fields string) string { return `{ project(id: "` + id + `") { ` + fields + ` } }` }
	for name, c := range map[string]struct {
		token, query, code, scope, message string
	}{
		"own project":            {all().Token, project(fake.TowerID, "id team { id }"), "", "", ""},
		"somebody else's":        {all().Token, project(fake.HiddenID, "id"), "FORBIDDEN", "", "You do not have access to the project"},
		"its owner's":            {stranger.Token, project(fake.HiddenID, "id"), "", "", ""},
		"public, to a stranger":  {stranger.Token, project(fake.LibraryID, "id role team { id }"), "", "", ""},
		"public, to nobody":      {"", project(fake.LibraryID, "id team { user { name } } models { totalCount }"), "", "", ""},
		"private, to nobody":     {"", project(fake.TowerID, "id"), "FORBIDDEN", "", "You are not logged in to this server"},
		"none":                   {all().Token, project("0000000000", "id"), "STREAM_NOT_FOUND", "", "Project not found"},
		"no such model":          {all().Token, project(fake.TowerID, `model(id: "x") { id }`), "BRANCH_NOT_FOUND", "", ""},
		"no such version":        {all().Token, project(fake.TowerID, `version(id: "x") { id }`), "COMMIT_NOT_FOUND", "", ""},
		"no such object is null": {all().Token, project(fake.TowerID, `object(id: "x") { id }`), "", "", ""},
		"limited to another": {limited.Token, project(fake.TowerID, "id"), "FORBIDDEN", "",
			"You are not authorized to access this resource."},
		"limited, a public one": {limited.Token, project(fake.LibraryID, "id"), "FORBIDDEN", "",
			"You are not authorized to access this resource."},
		"limited to this one":           {limited.Token, project(fake.SchoolID, "id"), "", "", ""},
		"webhooks are a read":           {reader.Token, project(fake.TowerID, "webhooks { totalCount }"), "FORBIDDEN", "streams:write", ""},
		"another user, without a token": {"", `{ otherUser(id: "x") { id } }`, "UNAUTHORIZED", "", ""},
		"users need two scopes":         {reader.Token, `{ users(input: {query: "o"}) { items { id } } }`, "FORBIDDEN", "profile:read", ""},
		"statistics are for admins": {plain.Token, `{ admin { serverStatistics { totalUserCount } } }`, "FORBIDDEN", "",
			"You do not have the required server role"},
		"own tokens":             {all().Token, `{ activeUser { apiTokens { id } } }`, "FORBIDDEN", "tokens:read", ""},
		"invited, to a reviewer": {plain.Token, project(fake.TowerID, "invitedTeam { id }"), "", "", ""},
	} {
		g := ask(t, s, c.token, c.query, nil)
		code, scope := g.failure(t)
		if g.status != 200 || code != c.code || scope != c.scope || !bytes.Contains(g.body, []byte(c.message)) {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
	g := ask(t, s, limited.Token, `{ activeUser { projects { totalCount items { id } } } }`, nil)
	if g.at(t, "data.activeUser.projects.totalCount") != 1.0 {
		t.Errorf("a limited token lists %s", g.body)
	}
}

// TestNullGoesUpToTheNearestNullable: invitedTeam alone, team with everything.
func TestNullGoesUpToTheNearestNullable(t *testing.T) {
	token := fake.NewToken("streams", "streams:read")
	s := start(t, fake.Options{Tokens: []fake.Token{token}})
	g := ask(t, s, token.Token, `{ a: project(id: "`+fake.TowerID+`") { id invitedTeam { id } } }`, nil)
	if code, scope := g.failure(t); code != "FORBIDDEN" || scope != "users:read" || g.at(t, "data.a.id") != fake.TowerID ||
		g.at(t, "data.a.invitedTeam") != nil {
		t.Errorf("%s", g.body)
	}
	g = ask(t, s, token.Token, `{ serverInfo { name } a: project(id: "`+fake.TowerID+`") { id } b: project(id: "`+fake.SchoolID+
		`") { team { id } } }`, nil)
	if g.at(t, "data") != nil || !bytes.Contains(g.body, []byte(`"path":["b","team"]`)) {
		t.Errorf("%s", g.body)
	}
}

func TestEmailsAndTokensOfOneself(t *testing.T) {
	few := fake.NewToken("few", "profile:read", "tokens:read")
	few.Expires = time.Now().Add(9 * 24 * time.Hour)
	s := start(t, fake.Options{Tokens: []fake.Token{few}})
	g := ask(t, s, few.Token, `{ activeUser { email emails { email } apiTokens { id name lastChars scopes lifespan createdAt lastUsed } } }`,
		nil)
	if g.at(t, "data.activeUser.email") != nil || g.at(t, "data.activeUser.emails.email") == nil {
		t.Errorf("email: %s", g.body)
	}
	own, _ := g.at(t, "data.activeUser.apiTokens").([]any)[0].(map[string]any)
	left, _ := own["lifespan"].(float64)
	nineDays := float64((9 * 24 * time.Hour).Milliseconds())
	if own["id"] != few.ID() || own["lastChars"] != few.Token[36:] || fmt.Sprint(own["scopes"]) != "[profile:read tokens:read]" ||
		left > nineDays || left < nineDays-3_600_000 {
		t.Errorf("own token: %v", own)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"no query": {`{}`, 400, `{"errors":[{"message":"GraphQL operations must contain a non-empty`},
		"nothing":  {``, 400, `"code":"BAD_REQUEST"`},
		"no JSON": {`{"query":`, 400,
			`{"error":{"message":"Invalid request body: Unexpected end of JSON input","code":"USER_INPUT_ERROR"}}`},
		"no such operation": {`{"query":"query A { serverInfo { name } }","operationName":"C"}`, 400,
			`{"errors":[{"message":"Unknown operation named \"C\".","extensions":{"code":"OPERATION_RESOLUTION_FAILURE"}}]}`},
		"two operations": {`{"query":"query A { serverInfo { name } } query B { serverInfo { name } }"}`, 400,
			`OPERATION_RESOLUTION_FAILURE`},
		"one of two": {`{"query":"query A { serverInfo { name } } query B { serverInfo { version } }","operationName":"B"}`, 200,
			`{"data":{"serverInfo":{"version":"`},
		"a wrong variable": {`{"query":"query($id: String!) { project(id: $id) { id } }","variables":{"id":5}}`, 400,
			`"message":"Variable \"$id\" got invalid value 5; String cannot represent a non string value: 5","locations":[{"line":1,"column":7}],"extensions":{"code":"BAD_USER_INPUT"}`},
		"a null variable": {`{"query":"query($id: String!) { project(id: $id) { id } }","variables":{"id":null}}`, 400, `must not be null`},
		"no number": {`{"query":"query($n: Int!) { activeUser { projects(limit: $n) { totalCount } } }","variables":{"n":"x"}}`, 400,
			`Int cannot represent non-integer value: \"x\"`},
		"a wrong time":         {`{"query":"query($c: DateTime) { stream(id: \"x\") { activity(cursor: $c) { totalCount } } }","variables":{"c":"zzz"}}`, 400, `BAD_USER_INPUT`},
		"an unknown input key": {`{"query":"query($i: UsersRetrievalInput!) { users(input: $i) { cursor } }","variables":{"i":{"query":"a","nope":1}}}`, 400, `Field \"nope\" is not defined by type \"UsersRetrievalInput\".`},
		"an input key missing": {`{"query":"query($i: UsersRetrievalInput!) { users(input: $i) { cursor } }","variables":{"i":{}}}`, 400,
			`Field \"query\" of required type \"String!\" was not provided.`},
		"an argument missing": {`{"query":"{ project { id } }"}`, 400, `GRAPHQL_VALIDATION_FAILED`},
		"a selection missing": {`{"query":"{ serverInfo }"}`, 400, `GRAPHQL_VALIDATION_FAILED`},
		"a batch": {`[{"query":"{ serverInfo { name } }"},{"query":"{ project(id: \"x\") { id } }"}]`, 200,
			`[{"data":{"serverInfo":{"name":"Fake Speckle Server"}}},{"errors":[{`},
		"a batch with bad ones": {`[{"query":"{ serverInfo { name } }"},{"query":"{ nope }"}]`, 400, `[{"data":{"serverInfo"`},
		"an empty batch":        {`[]`, 400, `"errors"`},
	} {
		g := post(t, s, "/graphql", all().Token, []byte(c.body))
		if g.status != c.status || !bytes.Contains(g.body, []byte(c.want)) {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

func TestMethodsAndTypes(t *testing.T) {
	s := fake.New(fake.Options{})
	for _, c := range []struct {
		method, contentType string
		status              int
	}{
		{http.MethodPost, "application/json", 200}, {http.MethodPost, "application/json; charset=utf-8", 200},
		{http.MethodPost, "text/plain", 400}, {http.MethodPost, "", 400}, {http.MethodPost, "application/x-www-form-urlencoded", 400},
		{http.MethodGet, "", 400}, {http.MethodPut, "application/json", 405},
	} {
		r := httptest.NewRequest(c.method, "/graphql", strings.NewReader(`{"query":"{ serverInfo { name } }"}`))
		r.Header.Set("Content-Type", c.contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %q: %d, want %d", c.method, c.contentType, w.Code, c.status)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ serverInfo { name } }"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-ID", "mine")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Header().Get("X-Request-ID") != "mine" || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
		t.Errorf("%v", w.Header())
	}
}

// TestRateLimit: 50 in a second, 200 more in a minute, each token by itself.
func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := fake.NewToken("other", fake.AllScopes...)
		s := fake.New(fake.Options{Tokens: []fake.Token{all(), other}, RateLimit: true})
		hi := []byte(`{"query":"{ serverInfo { name } }"}`)
		burst := func(token string, n int) (ok int, last *httptest.ResponseRecorder) {
			for range n {
				last = serve(s, "/graphql", token, hi)
				if last.Code == 200 {
					ok++
				}
			}
			return ok, last
		}
		if first := serve(s, "/graphql", all().Token, hi); first.Header().Get("X-Ratelimit-Remaining") != "49" {
			t.Errorf("%v", first.Header())
		}
		ok, last := burst(all().Token, 300)
		if ok != 249 || last.Code != 429 || last.Header().Get("Retry-After") != "1" || last.Header().Get("X-Ratelimit-Reset") == "" ||
			last.Header().Get("X-Ratelimit-Remaining") != "" {
			t.Errorf("%d passed, then %d %v", ok, last.Code, last.Header())
		}
		if ok, _ := burst(other.Token, 100); ok != 100 {
			t.Errorf("another token: %d of 100", ok)
		}
		<-time.After(time.Second) // of the bubble
		if ok, _ := burst(all().Token, 100); ok != 50 {
			t.Errorf("a second later: %d of 100", ok)
		}
		<-time.After(time.Minute)
		batch := []byte("[" + strings.TrimSuffix(strings.Repeat(string(hi)+",", 60), ",") + "]")
		if w := serve(s, "/graphql", all().Token, batch); w.Code != 200 || w.Header().Get("X-Ratelimit-Remaining") != "0" {
			t.Errorf("a batch counts once an entry: %d %v", w.Code, w.Header())
		}
	})
}

func TestMutations(t *testing.T) {
	reader := fake.NewToken("reader", "streams:read")
	writer := fake.NewToken("writer", "streams:read", "streams:write", "profile:read")
	s := start(t, fake.Options{Tokens: []fake.Token{reader, writer}})
	rename := `mutation { projectMutations { update(update: {id: "` + fake.TowerID + `", name: "Kingsgate"}) { id name } } }`
	if code, scope := ask(t, s, reader.Token, rename, nil).failure(t); code != "FORBIDDEN" || scope != "streams:write" {
		t.Errorf("a reader: %s %s", code, scope)
	}
	if g := ask(t, s, writer.Token, rename, nil); g.at(t, "data.projectMutations.update.name") != "Kingsgate" {
		t.Errorf("%s", g.body)
	}
	id := ask(t, s, writer.Token, `{ project(id: "`+fake.TowerID+`") { name model(id: "`+fake.FederatedID+
		`") { versions(limit: 1) { items { id } } } } }`, nil)
	version, _ := id.at(t, "data.project.model.versions.items.id").(string)
	g := ask(t, s, writer.Token, `mutation($i: UpdateVersionInput!) { versionMutations { update(input: $i) { id message } } }`,
		vars{"i": vars{"projectId": fake.TowerID, "versionId": version, "message": "as built"}})
	if g.at(t, "data.versionMutations.update.message") != "as built" || id.at(t, "data.project.name") != "Kingsgate" {
		t.Errorf("%s", g.body)
	}
	for range 2 {
		ask(t, s, writer.Token, `mutation { projectMutations { create(input: {name: "Twice"}) { id } } }`, nil)
	}
	if g := ask(t, s, writer.Token, `{ activeUser { projects(filter: {search: "twice"}) { totalCount } } }`, nil); g.at(t,
		"data.activeUser.projects.totalCount") != 2.0 {
		t.Errorf("sent twice: %s", g.body)
	}
	hidden := strings.Replace(rename, fake.TowerID, fake.HiddenID, 1)
	if code, scope := ask(t, s, writer.Token, hidden, nil).failure(t); code != "FORBIDDEN" || scope != "" {
		t.Errorf("somebody else's: %s %s", code, scope)
	}
}

func TestRequestLog(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	post(t, s, "/graphql", all().Token, body(`query Hello($x: String!) { otherUser(id: $x) { id } }`, vars{"x": "y"}))
	post(t, s, "/api/graphql", "", []byte(`{}`))
	refused := fake.NewToken("unknown")
	ask(t, s, refused.Token, whoAmI, nil)
	seen := s.Requests()
	if len(seen) != 3 || s.Count() != 3 {
		t.Fatalf("%d requests", len(seen))
	}
	if first := seen[0]; first.Operation != "Hello" || first.Variables["x"] != "y" || first.Token != all().ID() || first.Path != "/graphql" ||
		first.At.IsZero() {
		t.Errorf("%+v", first)
	}
	if seen[1].Path != "/api/graphql" || seen[1].Token != "" || seen[2].Token != refused.ID() {
		t.Errorf("%+v", seen)
	}
	if strings.Contains(fmt.Sprintf("%+v", seen), all().Token) {
		t.Error("the log holds a token")
	}
	if s.Forget(); len(s.Requests()) != 0 || s.Count() != 0 {
		t.Error("not forgotten")
	}
}

// TestManyAtOnce reads, writes and switches faults side by side.
func TestManyAtOnce(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Bulk: fake.Bulk{Objects: 5000}, RateLimit: true})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range 10 {
				switch i {
				case 0:
					s.SetFaults(fake.Fault{Kind: fake.Shift}, fake.Fault{Kind: fake.WrongTotal, Times: n})
				case 1:
					try(s, "/graphql", all().Token, body(`mutation { projectMutations { update(update: {id: "`+fake.TowerID+`", description: "`+
						strconv.Itoa(n)+`"}) { id } } }`, nil))
				case 2:
					s.AddTokens(fake.NewToken(strconv.Itoa(n)))
					s.Requests()
				case 3:
					try(s, "/graphql", all().Token, bulkBody(1000, nil))
				default:
					try(s, "/graphql", all().Token, body(towerModels.query, vars{"p": fake.TowerID, "limit": 30}))
				}
			}
		})
	}
	wait.Wait()
}
