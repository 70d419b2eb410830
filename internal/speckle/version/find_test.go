package version_test

import (
	"errors"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"

	graphs "speckle-runner/internal/elements/graph/sample"

	bundles "speckle-runner/internal/elements/bundle/sample"
)

// TestFind: the newest version and a named one, and what kind it is.
func TestFind(t *testing.T) {
	s := open(t)
	v := s.find(fake.SmallBundleID)
	if v.Kind() != version.Bundle || *v.TotalCount != 3 || v.CreatedAt == "" || v.AuthorUser.Name == "" || *v.SourceApplication != "revit" ||
		*v.Message == "" {
		t.Errorf("%+v", v)
	}
	if v := s.find(fake.SmallGraphID); v.Kind() != version.Graph {
		t.Errorf("%+v", v)
	}
	newer := s.PublishGraph(fake.HouseID, fake.SmallBundleID, graphs.Of("Newer", bundles.Small()))
	if got := s.find(fake.SmallBundleID); got.ID != newer || got.Kind() != version.Graph {
		t.Errorf("%+v", got)
	}
	named, err := version.Find(t.Context(), s.client, version.Ref{Project: fake.HouseID, Model: fake.SmallBundleID, Version: v.ID})
	if err != nil || named.ID != v.ID || named.Kind() != version.Bundle || named.Reference != v.Reference {
		t.Errorf("%+v, %v", named, err)
	}
}

func TestNotFound(t *testing.T) {
	s, poor, nobody := open(t), open(t, "profile:read"), open(t)
	nobody.AddTokens(fake.Token{Token: nobody.token.Token, Scopes: []string{"streams:read"}, User: fake.StrangerID})
	for name, c := range map[string]struct {
		site *site
		ref  version.Ref
		kind speckle.Kind
		says string
	}{
		"project": {s, version.Ref{Project: "0000000000", Model: fake.SmallBundleID}, speckle.NotFound, "project"},
		"model":   {s, version.Ref{Project: fake.HouseID, Model: "0000000000"}, speckle.NotFound, "Model not found"},
		"version": {s, version.Ref{Project: fake.HouseID, Model: fake.SmallBundleID, Version: "0000000000"}, speckle.NotFound,
			"Version not found"},
		"no scope":  {poor, version.Ref{Project: fake.HouseID, Model: fake.SmallBundleID}, speckle.ScopeMissing, "streams:read"},
		"no access": {nobody, version.Ref{Project: fake.HouseID, Model: fake.SmallBundleID}, speckle.NoAccess, "access"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := version.Find(t.Context(), c.site.client, c.ref)
			if kindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", kindOf(err), err)
			}
			c.site.clean(err)
		})
	}
	_, err := version.Find(t.Context(), s.client, version.Ref{Project: fake.HouseID, Model: fake.NoVersionID})
	if none, is := errors.AsType[*version.NoVersionError](err); !is || none.Model != fake.NoVersionID ||
		!strings.Contains(err.Error(), "no version yet") {
		t.Error(err)
	}
}

// TestNulls: a server that says null in place of an error.
func TestNulls(t *testing.T) {
	for _, c := range []struct{ answer, says string }{
		{`{"data":{"project":null}}`, "project is null: project p isn't there, or the token may not see it"},
		{`{"data":{"project":{"model":null}}}`, "project.model is null: model m of project p isn't there"},
		{`{"data":{"project":{"model":{"versions":{"items":[null]}}}}}`, "is null"},
		{`{"data":{"project":{"model":{"versions":{"items":[{"id":"v","referencedObject":null}]}}}}}`, "version v has no referencedObject"},
		{`{"data":{"project":{"model":{"versions":7}}}}`, "isn't what was asked for"},
	} {
		s := canned(t, c.answer)
		_, err := version.Find(t.Context(), s, version.Ref{Project: "p", Model: "m"})
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.As(err, new(*version.NoVersionError)) {
			t.Errorf("%s: %v", c.answer, err)
		}
	}
}

// TestNamed: a version is found by its id alone, whichever model it is of.
func TestNamed(t *testing.T) {
	s := open(t)
	want := s.find(fake.SmallGraphID)
	s.PublishGraph(fake.HouseID, fake.SmallGraphID, graphs.Of("Newer", bundles.Small()))
	got, err := version.Named(t.Context(), s.client, fake.HouseID, want.ID)
	if err != nil || got.ID != want.ID || got.Model != fake.SmallGraphID || got.Project != fake.HouseID || got.CreatedAt != want.CreatedAt ||
		got.AuthorUser.Name != want.AuthorUser.Name || got.Reference != "" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, wrong := range [][2]string{{fake.HouseID, "0000000000"}, {"0000000000", want.ID}, {fake.TowerID, want.ID}} {
		if _, err := version.Named(t.Context(), s.client, wrong[0], wrong[1]); kindOf(err) != speckle.NotFound {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, answer := range []string{`{"project":null}`, `{"project":{"version":null}}`, `{"project":{"version":{"id":"v"}}}`,
		`{"project":{"version":{"id":"w","model":{"id":"m"}}}}`} {
		if _, err := version.Named(t.Context(), canned(t, `{"data":`+answer+`}`), "p", "v"); kindOf(err) != speckle.NotFound {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
