package version_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle/sample"
	"speckle-runner/internal/elements/graph"
	graphs "speckle-runner/internal/elements/graph/sample"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// elementsOf reads what was fetched, a line an element.
func elementsOf(t *testing.T, data version.Data) (lines []string) {
	t.Helper()
	g, err := graph.Open(t.Context(), data.Graph, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := g.Each(t.Context(), nil, func(e *elements.Element) error {
		line := fmt.Sprintf("%s,%s,%s", e.ID, e.Name, e.Level)
		for _, p := range e.Properties {
			if strings.HasPrefix(p.Path, "properties.") {
				line += "," + p.Value.Text + measure(p)
			}
		}
		lines = append(lines, line)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return lines
}

// measure writes a number with its unit.
func measure(p elements.Property) string {
	if p.Value.Kind != elements.Number {
		return ""
	}
	return fmt.Sprint(p.Value.Number, p.Unit)
}

// smallElements are those of the small building.
const smallElements = "d-1,Door 01,L1,1.89m²,EI30\nd-2,,,2.1m²\nw-1,,"

// TestGraph: the root, and then all objects that it names; geometry stays.
func TestGraph(t *testing.T) {
	s := open(t)
	data, stats, err := s.fetch(t.Context(), s.find(fake.SmallGraphID))
	if err != nil || data.Kind != version.Graph {
		t.Fatal(err)
	}
	if got := strings.Join(elementsOf(t, data), "\n"); got != smallElements {
		t.Error(got)
	}
	if s.seen(fake.RootOnly) != 1 || s.seen(fake.Stream) != 1 || len(s.StorageRequests()) != 0 || stats.Requests != 2 {
		t.Errorf("%+v, %+v", s.Requests(), stats)
	}
}

// TestGraphFaults: what a server can do wrong with objects.
func TestGraphFaults(t *testing.T) {
	lost := graphs.Of("Small", sample.Small()).Objects[3].ID
	stream := func(kind fake.Kind, times int) fake.Fault {
		return fake.Fault{Kind: kind, Operation: fake.Stream, Times: times}
	}
	root := func(kind fake.Kind, times int) fake.Fault {
		return fake.Fault{Kind: kind, Operation: fake.RootOnly, Times: times}
	}
	for name, c := range map[string]struct {
		fault   fake.Fault
		lose    int
		kind    speckle.Kind // "" and no says: it is fetched all the same
		says    string
		streams int // 0: any
	}{
		"cut at first":          {fault: stream(fake.CutBody, 1), streams: 2},
		"half as the whole":     {fault: stream(fake.ShortBody, 1), streams: 2},
		"always cut":            {fault: stream(fake.CutBody, 0), kind: speckle.Network, says: "broke off"},
		"the root cut at first": {fault: root(fake.CutBody, 1), streams: 1},
		"busy":                  {fault: stream(fake.RateLimited, 2), streams: 3},
		"failing":               {fault: stream(fake.HTMLStatus, 0), kind: speckle.ServerFault, says: "502"},
		"token over":            {fault: stream(fake.TokenRefused, 0), kind: speckle.TokenRefused, says: "expired", streams: 1},
		"text in place of lines": {fault: fake.Fault{Kind: fake.Text, To: "hello\nthere\n", Operation: fake.Stream}, kind: speckle.BadAnswer,
			says: "something else than lines", streams: 1},
		"a stranger": {fault: fake.Fault{Kind: fake.Text, To: "abc\t{}\n", Operation: fake.Stream}, kind: speckle.BadAnswer,
			says: "object abc, which wasn't asked for", streams: 1},
		"one lost at first": {lose: 1, streams: 2},
		"one lost":          {lose: -1, says: lost, streams: 2},
		"no root in its place": {fault: fake.Fault{Kind: fake.Text, To: `{"id":"other"}`, Operation: fake.RootOnly}, kind: speckle.BadAnswer,
			says: "under another id"},
		"a web page for the root": {fault: root(fake.HTMLPage, 0), kind: speckle.NotSpeckle, says: "it is a web page that says"},
		"a web page for objects":  {fault: stream(fake.HTMLPage, 0), kind: speckle.NotSpeckle, says: "it is a web page that says", streams: 1},
		"nothing": {fault: fake.Fault{Kind: fake.Text, Code: "text/plain", Operation: fake.Stream}, says: "hasn't got its root object among others",
			streams: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := bubble(t, fake.Options{})
				if c.fault.Kind != "" {
					s.SetFaults(c.fault)
				}
				s.LoseObject(lost, c.lose)
				data, _, err := s.fetch(t.Context(), s.find(fake.SmallGraphID))
				switch {
				case c.kind == "" && c.says == "":
					if err != nil || len(elementsOf(t, data)) != 3 {
						t.Error(err)
					}
				case err == nil, kindOf(err) != c.kind, !strings.Contains(err.Error(), c.says):
					t.Errorf("%s: %v", kindOf(err), err)
				}
				if short, is := errors.AsType[*speckle.ShortError](err); c.lose < 0 && (!is || short.Want-short.Got != 1) {
					t.Error(err)
				}
				if n := s.seen(fake.Stream); c.streams != 0 && n != c.streams {
					t.Errorf("%d streams", n)
				}
			})
		})
	}
}

// TestLargeGraph: many requests keep to what a server allows of objects.
func TestLargeGraph(t *testing.T) {
	large := graphs.Of("Large", sample.Large(1_000))
	synctest.Test(t, func(t *testing.T) {
		s := bubble(t, fake.Options{RateLimit: true})
		s.PublishGraph(fake.HouseID, fake.NoVersionID, large)
		v := s.find(fake.NoVersionID)
		for range 120 { // two requests each, more than a minute's burst
			data, stats, err := s.fetch(t.Context(), v)
			if err != nil || stats.Requests != 2 {
				t.Fatal(stats, err)
			}
			if n := len(elementsOf(t, data)); n != 20 {
				t.Fatalf("%d elements", n)
			}
		}
	})
}

// TestGraphIsRefused: 401, 403 and 404 of the routes of objects.
func TestGraphIsRefused(t *testing.T) {
	s, poor := open(t), open(t, "profile:read")
	v := s.find(fake.SmallGraphID)
	_, _, err := poor.fetch(t.Context(), v)
	if kindOf(err) != speckle.NoAccess || !strings.Contains(err.Error(), "streams:read") || !strings.Contains(err.Error(), "HTTP 401") {
		t.Error(err)
	}
	gone := v
	gone.Reference = strings.Repeat("0", 32)
	if _, _, err := s.fetch(t.Context(), gone); kindOf(err) != speckle.NotFound || !strings.Contains(err.Error(), "Object not found") {
		t.Error(err)
	}
	stranger := v
	stranger.Project = fake.HiddenID
	if _, _, err := s.fetch(t.Context(), stranger); kindOf(err) != speckle.NoAccess {
		t.Error(err)
	}
}
