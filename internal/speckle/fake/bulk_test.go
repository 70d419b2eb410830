package fake_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

const bulkQuery = `query Bulk($p: String!, $o: String!, $limit: Int! = 1000, $cursor: String) { project(id: $p) { id name object(id: $o) { children(limit: $limit, cursor: $cursor) { totalCount cursor objects { id data } } } } }`

func bulkBody(limit int, cursor any) []byte {
	return body(bulkQuery, vars{"p": fake.BulkID, "o": fake.BulkRootID, "limit": limit, "cursor": cursor})
}

// TestBulkSaysWhatTheExecutorSays, byte for byte: a fault that means nothing to
// children makes the server take the slow way.
func TestBulkSaysWhatTheExecutorSays(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Bulk: fake.Bulk{Objects: 3000}})
	for _, c := range []struct {
		limit  int
		cursor any
	}{
		{1000, nil}, {1, nil}, {1000, "b0b05eed0000000000000000000003e8"}, {700, "b0b05eed000000000000000000000200"},
		{1000, "b0b05eed000000000000000000000b00"}, {5, "b0b05eed000000000000000000000bb8"}, {5, "ffff"}, {2, ""}, {3, "00"}, {5000, nil},
	} {
		s.SetFaults()
		quick := post(t, s, "/graphql", all().Token, bulkBody(c.limit, c.cursor))
		s.SetFaults(fake.Fault{Kind: fake.Ties})
		slow := post(t, s, "/graphql", all().Token, bulkBody(c.limit, c.cursor))
		if quick.status != 200 || !bytes.Equal(quick.body, slow.body) || quick.header.Get("Content-Type") != slow.header.Get("Content-Type") {
			t.Errorf("%v: %d bytes the quick way, %d the slow\n%.300s\n%.300s", c, len(quick.body), len(slow.body), quick.body, slow.body)
		}
	}
}

func TestBulkIsRead(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Bulk: fake.Bulk{Objects: 12_345, Versions: 321}})
	l := list{query: bulkQuery, path: "data.project.object.children", items: "objects", vars: vars{"p": fake.BulkID, "o": fake.BulkRootID}}
	if w := walk(t, s, all().Token, l, 1000); distinct(w.ids) != 12_345 || w.total != 12_345 {
		t.Errorf("%d distinct, total %v", distinct(w.ids), w.total)
	}
	yard := list{
		query: `query($p: String!, $m: String!, $limit: Int!, $cursor: String) { project(id: $p) { model(id: $m) { versions(limit: $limit, cursor: $cursor) ` + rows + ` } } }`,
		path:  "data.project.model.versions", items: "items", vars: vars{"p": fake.BulkID, "m": fake.BulkModelID},
	}
	if w := walk(t, s, all().Token, yard, 100); distinct(w.ids) != 321 {
		t.Errorf("%d versions", distinct(w.ids))
	}
	token := fake.NewToken("profile", "profile:read")
	s.AddTokens(token)
	if code, scope := post(t, s, "/graphql", token.Token, bulkBody(10, nil)).failure(t); code != "FORBIDDEN" || scope != "streams:read" {
		t.Errorf("without its scope: %s %s", code, scope)
	}
}

// BenchmarkBulk is how fast the server can be read, pages of 1,000 objects.
func BenchmarkBulk(b *testing.B) {
	s, err := fake.Start(fake.Options{Tokens: []fake.Token{all()}, Bulk: fake.Bulk{Objects: 1_000_000}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	request := bulkBody(1000, "b0b05eed000000000000000000000200")
	buffer := make([]byte, 1<<18)
	for b.Loop() {
		r, _ := http.NewRequest(http.MethodPost, s.URL+"/graphql", bytes.NewReader(request))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+all().Token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{answer.Body}, buffer)
		if err != nil {
			b.Fatal(err)
		}
		answer.Body.Close()
		b.SetBytes(n)
	}
}

// TestMemoryForgetsOnAChange, and never mixes tokens up.
func TestMemoryForgetsOnAChange(t *testing.T) {
	few := fake.NewToken("few", "profile:read")
	s := start(t, fake.Options{Tokens: []fake.Token{all(), few}, Memory: true})
	name := `{ project(id: "` + fake.TowerID + `") { name } }`
	for range 2 {
		if g := ask(t, s, all().Token, name, nil); g.at(t, "data.project.name") != "Kingsgate Tower" {
			t.Errorf("%s", g.body)
		}
		if code, scope := ask(t, s, few.Token, name, nil).failure(t); code != "FORBIDDEN" || scope != "streams:read" {
			t.Errorf("%s %s", code, scope)
		}
	}
	ask(t, s, all().Token, `mutation { projectMutations { update(update: {id: "`+fake.TowerID+`", name: "Other"}) { id } } }`, nil)
	if g := ask(t, s, all().Token, name, nil); g.at(t, "data.project.name") != "Other" {
		t.Errorf("%s", g.body)
	}
	s.SetFaults(fake.Fault{Kind: fake.DataNull})
	if g := ask(t, s, all().Token, name, nil); g.json(t)["data"] != nil {
		t.Errorf("a fault doesn't get through: %s", g.body)
	}
}
