package version_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"

	bundles "speckle-runner/internal/elements/bundle/sample"
	graphs "speckle-runner/internal/elements/graph/sample"
)

func (s *site) since(project string, at time.Time) []version.New {
	s.t.Helper()
	found, err := version.Since(s.t.Context(), s.client, project, at)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// TestSince: the first look finds where to begin, the next what came after it,
// and all of one instant each time.
func TestSince(t *testing.T) {
	s := open(t)
	first := s.since(fake.HouseID, time.Time{})
	if len(first) != 5 { // the house's versions share their instant
		t.Fatalf("%+v", first)
	}
	a := s.PublishGraph(fake.HouseID, fake.SmallGraphID, graphs.Of("A", bundles.Small()))
	b := s.PublishGraph(fake.HouseID, fake.SmallBundleID, graphs.Of("B", bundles.Small()))
	var ids, models []string
	for _, v := range s.since(fake.HouseID, first[0].Created) {
		ids, models = append(ids, v.ID), append(models, v.Model)
	}
	if len(ids) != 7 || ids[0] != b || ids[1] != a || models[0] != fake.SmallBundleID || models[1] != fake.SmallGraphID {
		t.Errorf("%v of %v, want %s and %s before the five that were there", ids, models, b, a)
	}
}

// TestSincePages: a long way back is read page after page, and what shares the
// instant at which a page ends isn't lost.
func TestSincePages(t *testing.T) {
	for _, ties := range []int{0, 30} {
		t.Run(fmt.Sprint(ties), func(t *testing.T) {
			s := open(t)
			if ties > 0 {
				s.SetFaults(fake.Fault{Kind: fake.Ties, From: 95, Rows: ties})
			}
			seen := map[string]bool{}
			for _, v := range s.since(fake.TowerID, time.Unix(0, 0)) {
				if seen[v.ID] {
					t.Errorf("%s is there twice", v.ID)
				}
				seen[v.ID] = true
			}
			if len(seen) < fake.FederatedVersions {
				t.Errorf("%d versions, want those of the whole project", len(seen))
			}
		})
	}
}

func TestSinceOfNothing(t *testing.T) {
	s := open(t)
	_, err := version.Since(t.Context(), s.client, "0000000000", time.Time{})
	if kindOf(err) != speckle.NotFound {
		t.Error(err)
	}
	for _, c := range []struct{ answer, says string }{
		{`{"data":{"project":null}}`, "project is null"},
		{`{"data":{"project":{"versions":{"items":[{"id":"v","createdAt":"2026-03-02T00:00:00Z","model":null}]}}}}`, "is null"},
		{`{"data":{"project":{"versions":{"items":[{"id":"v","createdAt":"soon","model":{"id":"m"}}]}}}}`, "isn't what was asked for"},
	} {
		if found, err := version.Since(t.Context(), canned(t, c.answer), "p", time.Time{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", c.answer, found, err)
		}
	}
	if found, err := version.Since(t.Context(), canned(t, `{"data":{"project":{"versions":{"items":[]}}}}`), "p", time.Time{}); err != nil ||
		len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestSinceOneInstant: more in one instant than a page takes is an error, since
// some of them can't be seen.
func TestSinceOneInstant(t *testing.T) {
	item := `{"id":"v%d","createdAt":"2026-03-02T00:00:00Z","model":{"id":"m"}}`
	items := make([]string, 100)
	for i := range items {
		items[i] = fmt.Sprintf(item, i)
	}
	client := canned(t, `{"data":{"project":{"versions":{"items":[`+strings.Join(items, ",")+`]}}}}`)
	_, err := version.Since(t.Context(), client, "p", time.Unix(0, 0))
	if err == nil || !strings.Contains(err.Error(), "made in one instant") {
		t.Error(err)
	}
}
