package speckle_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/query"
)

const (
	windowed   = "version older than the workspace plan history window, unless it is the newest of its model"
	silentText = ", and the server gives no error for it: "
)

// TestSilentNulls: a field that a server leaves empty without a word is a
// warning that names it and the likely reason.
func TestSilentNulls(t *testing.T) {
	const paged = `query ($cursor: String) { project(id: "1") { me: name versions(cursor: $cursor) { totalCount cursor items { id referencedObject authorUser { name } } } } }`
	for name, c := range map[string]struct {
		query string
		texts []string
		want  []string
	}{
		"own address": {`{ activeUser { name mail: email } }`, []string{`{"data":{"activeUser":{"name":"A","mail":null}}}`},
			[]string{"activeUser.mail (field email) is null once" + silentText + "the token may lack profile:email"}},
		"another's address": {`{ user(id: "1") { email } }`, []string{`{"data":{"user":{"email":null}}}`},
			[]string{"user.email is null once" + silentText + "the token may lack users:email"}},
		"an address": {`{ activeUser { email } }`, []string{`{"data":{"activeUser":{"email":"a@example.com"}}}`}, nil},
		"over pages": {paged, []string{
			`{"data":{"project":{"me":"null","versions":{"totalCount":3,"cursor":"c","items":[{"id":"1","referencedObject":"o","authorUser":null},{"id":"2","referencedObject":null,"authorUser":{"name":"null"}}]}}}}`,
			`{"data":{"project":{"me":"x","versions":{"totalCount":3,"cursor":null,"items":[{"id":"3","referencedObject":null,"authorUser":null}]}}}}`,
		}, []string{"project.versions.items.referencedObject is null 2 times" + silentText + windowed}},
		"nested lists, by a fragment": {`{ project(id: "1") { models { items { ...M } } } } fragment M on Model { versions { items { r: referencedObject } } }`,
			[]string{`{"data":{"project":{"models":{"items":[{"versions":{"items":[{"r":null},{"r":"o"}]}},{"versions":{"items":[{"r":null}]}},{"versions":{"items":[]}}]}}}}`},
			[]string{"project.models.items.versions.items.r (field referencedObject) is null 2 times" + silentText + windowed}},
		"beside the pages": {`query ($cursor: String) { project(id: "1") { version(id: "2") { referencedObject } models(cursor: $cursor) { cursor items { id } } } }`,
			[]string{`{"data":{"project":{"version":{"referencedObject":null},"models":{"cursor":null,"items":[{"id":null}]}}}}`},
			[]string{"project.version.referencedObject is null once" + silentText + windowed}},
		"members' addresses": {`{ workspace(id: "1") { team { items { email } } } }`,
			[]string{`{"data":{"workspace":{"team":{"items":[{"email":null},{"email":null}]}}}}`},
			[]string{"workspace.team.items.email is null 2 times" + silentText +
				"the token's owner may not read the addresses of the workspace's members"}},
		"comments": {`{ project(id: "1") { comment(id: "2") { rawText text { doc } } } }`,
			[]string{`{"data":{"project":{"comment":{"rawText":null,"text":null}}}}`},
			[]string{"project.comment.rawText is null once" + silentText + "comment older than the plan history window",
				"project.comment.text is null once" + silentText + "comment older than the plan history window"}},
		"other nulls are nobody's business": {`{ project(id: "1") { description email: role } }`,
			[]string{`{"data":{"project":{"description":null,"email":null}}}`}, nil},
		"of a retried page, once": {`{ activeUser { email } }`,
			[]string{`{"data":{"activeUser":{"email":null}},"errors":[{"message":"no","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
				`{"data":{"activeUser":{"email":null}}}`}, []string{"activeUser.email is null once" + silentText + "the token may lack profile:email"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: script(t, c.texts...)})
			if got.err != nil {
				t.Fatal(got.err)
			}
			var about []string
			for _, w := range got.stats.Warnings {
				if strings.Contains(w, silentText) {
					about = append(about, w)
				}
			}
			if strings.Join(about, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("warnings %q, want %q", about, c.want)
			}
		})
	}
}

// TestNullUser: a root activeUser that is null fails a run, but beside other
// roots where partial answers are kept.
func TestNullUser(t *testing.T) {
	const both = `{"data":{"serverInfo":{"version":"2.5.4"},"me":null}}`
	for name, c := range map[string]struct {
		query, text string
		keep, fails bool
	}{
		"alone":               {`{ me: activeUser { id } }`, `{"data":{"me":null}}`, false, true},
		"alone, kept":         {`{ me: activeUser { id } }`, `{"data":{"me":null}}`, true, true},
		"beside others":       {`{ serverInfo { version } me: activeUser { id } }`, both, false, true},
		"beside others, kept": {`{ serverInfo { version } me: activeUser { id } }`, both, true, false},
		"it is there, of both": {`{ serverInfo { version } me: activeUser { id } }`, `{"data":{"serverInfo":{"version":null},"me":{"id":"1"}}}`, false,
			false},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: script(t, c.text), request: speckle.Request{KeepPartial: c.keep}})
			failed, _ := errors.AsType[*speckle.Error](got.err)
			if c.fails != (failed != nil) || c.fails && (failed.Kind != speckle.TokenRefused || failed.Path != "me") {
				t.Errorf("%v", got.err)
			}
			warned := strings.Contains(fmt.Sprint(got.stats.Warnings), "me is null: the server saw no token")
			if warned != (c.keep && !c.fails) {
				t.Errorf("warnings %q", got.stats.Warnings)
			}
		})
	}
}

// TestSilentNullsOfAServer reads the fake, which is silent as Speckle is.
func TestSilentNullsOfAServer(t *testing.T) {
	less, more := fake.NewToken("less", "profile:read", "streams:read"), fake.NewToken("more", "profile:read", "profile:email", "streams:read")
	s := fakeServer(t, fake.Options{Tokens: []fake.Token{less, more}, History: 1})
	server, err := endpoint.Parse(s.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	q, problems := query.Parse(`query ($cursor: String, $limit: Int! = 100) { activeUser { email } project(id: "` + fake.TowerID + `") {
		model(id: "` + fake.FederatedID +
		`") { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id referencedObject } } } } }`)
	if q == nil {
		t.Fatal(problems)
	}
	for token, want := range map[string][]string{
		less.Token: {"activeUser.email is null once" + silentText + "the token may lack profile:email",
			"project.model.versions.items.referencedObject is null 249 times" + silentText + windowed},
		more.Token: {"project.model.versions.items.referencedObject is null 249 times" + silentText + windowed},
	} {
		client := speckle.NewClient(speckle.Options{Server: server, Token: secret.New(token)})
		stats, err := client.Read(t.Context(), speckle.Request{Query: q}, &collector{t: t})
		client.Close()
		if err != nil || strings.Join(stats.Warnings, "\n") != strings.Join(want, "\n") {
			t.Errorf("%v, warnings %q, want %q", err, stats.Warnings, want)
		}
	}
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
