package building_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle/sample"
	graphs "speckle-runner/internal/elements/graph/sample"
	"speckle-runner/internal/run/building"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/version"
)

// site is a fake server and what reads from it.
type site struct {
	*fake.Server

	t       *testing.T
	options building.Options
}

func open(t *testing.T) *site {
	t.Helper()
	server, err := fake.Start(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	token := fake.NewToken("elements", "streams:read")
	server.AddTokens(token)
	at, err := endpoint.Parse(server.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	client := speckle.NewClient(speckle.Options{Server: at, Token: secret.New(token.Token)})
	t.Cleanup(client.Close)
	return &site{Server: server, t: t, options: building.Options{Client: client, Scratch: t.TempDir()}}
}

func (s *site) open(model string) (*building.Building, error) {
	s.t.Helper()
	v, err := version.Find(s.t.Context(), s.options.Client, version.Ref{Project: fake.HouseID, Model: model})
	if err != nil {
		s.t.Fatal(err)
	}
	b, stats, err := building.Open(s.t.Context(), v, s.options)
	if stats.Requests == 0 || stats.Bytes == 0 {
		s.t.Errorf("%+v", stats)
	}
	return b, err
}

func (s *site) records(b *building.Building) string {
	s.t.Helper()
	// The small bundle doesn't have this fact, and every object of a graph does.
	const fact = `"speckle_type":"Objects.Data.DataObject"`
	without := strings.NewReplacer(fact+",", "", fact, "")
	var text strings.Builder
	_, err := elements.Write(s.t.Context(), b, elements.Spec{}, func(record []byte) error {
		_, err := without.WriteString(&text, string(record)+"\n")
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return text.String()
}

// named fails the test when the names of paths are others than those of the
// paths, which take a pass over all values.
func (s *site) named(b *building.Building) {
	s.t.Helper()
	paths, err := b.Paths(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var want []string
	for _, p := range paths {
		want = append(want, p.Name)
	}
	if _, hidden := any(b.Source).(interface {
		Names(ctx context.Context) ([]string, error)
	}); !hidden && b.Version.Kind() == version.Bundle {
		s.t.Error("a bundle doesn't know the names of its paths")
	}
	if got, err := b.Names(s.t.Context()); err != nil || len(want) == 0 || !slices.Equal(got, want) {
		s.t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// clean fails the test when something is left.
func (s *site) clean() {
	s.t.Helper()
	if left, err := os.ReadDir(s.options.Scratch); err != nil || len(left) > 0 {
		s.t.Errorf("%v is left, %v", left, err)
	}
}

// A building is the same from a bundle and from a graph, and leaves nothing.
func TestOpen(t *testing.T) {
	t.Parallel()
	s := open(t)
	var texts []string
	for _, model := range []string{fake.SmallBundleID, fake.SmallGraphID} {
		b, err := s.open(model)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, s.records(b))
		s.named(b)
		if len(b.Warnings) > 0 {
			t.Errorf("%q", b.Warnings)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		s.clean()
	}
	if texts[0] != texts[1] || strings.Count(texts[0], "\n") != 3 {
		t.Errorf("from the bundle:\n%s\nfrom the graph:\n%s", texts[0], texts[1])
	}
}

func (s *site) find(model string) version.Version {
	s.t.Helper()
	v, err := version.Find(s.t.Context(), s.options.Client, version.Ref{Project: fake.HouseID, Model: model})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// What a producer reported is a hint: other than what is there, it is a warning.
func TestReportedCount(t *testing.T) {
	t.Parallel()
	s := open(t)
	bundle, graph := s.find(fake.SmallBundleID), s.find(fake.SmallGraphID)
	for _, c := range []struct {
		version version.Version
		told    *int64
		warns   string
	}{
		{bundle, new(int64(5)), "version " + bundle.ID + ": it has 3 elements, and whoever published it reported 5"},
		{bundle, new(int64(3)), ""}, {bundle, new(int64(0)), ""}, {bundle, nil, ""},
		{graph, new(int64(8)), "version " + graph.ID + ": it has 7 objects below its root, and whoever published it reported 8"},
		{graph, new(int64(7)), ""}, {graph, new(int64(3)), ""}, {graph, nil, ""},
	} {
		v := c.version
		v.TotalCount = c.told
		b, _, err := building.Open(t.Context(), v, s.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(b.Warnings, "\n"); got != c.warns {
			t.Errorf("warned %q, want %q", got, c.warns)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Any building gives the same records from both kinds of versions, whatever the
// order of a bundle's rows and whether the properties of types stand by themselves.
func TestAnyBuildingIsTheSameFromBothKinds(t *testing.T) {
	t.Parallel()
	s := open(t)
	specs := []elements.Spec{
		{Units: true}, {Rows: elements.RowsProperties},
		{Units: true, Properties: []elements.Named{
			{Name: "mark", Path: "Mark", Optional: true}, {Name: "c", Path: "B.C", Optional: true},
			{Name: "dots", Path: "Names with. dots", Optional: true},
		}},
	}
	for seed := range uint64(6) {
		b := sample.RandomBuilding(seed)
		s.PublishGraph(fake.HouseID, fake.SmallGraphID, graphs.Of("Random", b))
		want := s.sorted(fake.SmallGraphID, specs)
		layout := sample.Layout{GroupRows: 1 + int(seed)*5, Version: 1 + int(seed)%2, Plain: seed%3 == 0}
		for name, other := range map[string]sample.Bundle{
			"as it is": b, "shuffled": b.Shuffled(seed), "resolved and shuffled": b.Resolved().Shuffled(seed + 1),
		} {
			s.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
				return other.Write(dir, prefix, layout)
			})
			got := s.sorted(fake.SmallBundleID, specs)
			for i := range specs {
				if strings.Contains(name, "resolved") && specs[i].Rows == elements.RowsProperties {
					continue // there it is told that they are the types'
				}
				if got[i] != want[i] {
					t.Fatalf("seed %d, bundle %s, table %d:\n%sfrom the graph:\n%s", seed, name, i, got[i], want[i])
				}
			}
		}
		s.clean()
	}
}

// sorted are the records of each spec, the members of an object by name: in
// which order properties are first met is the producer's.
func (s *site) sorted(model string, specs []elements.Spec) (out []string) {
	s.t.Helper()
	b, err := s.open(model)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, spec := range specs {
		var lines []string
		if _, err := elements.Write(s.t.Context(), b, spec, func(record []byte) error {
			var v any
			if err := json.Unmarshal(record, &v); err != nil {
				return err
			}
			line, err := json.Marshal(v)
			lines = append(lines, string(line)+"\n")
			return err
		}); err != nil {
			s.t.Fatal(err)
		}
		if spec.Rows == elements.RowsProperties {
			slices.Sort(lines)
		}
		out = append(out, strings.Join(lines, ""))
	}
	if err := b.Close(); err != nil {
		s.t.Error(err)
	}
	return out
}

// What can't be read leaves nothing, either, and names the version.
func TestBroken(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, fault := range sample.Faults() {
		id := s.PublishBundle(fake.HouseID, fake.SmallBundleID, func(dir, prefix string) (map[string]string, error) {
			return fault.Write(dir, prefix)
		})
		b, err := s.open(fake.SmallBundleID)
		if err == nil { // it is seen when the properties are read
			_, err = elements.Write(t.Context(), b, elements.Spec{}, func([]byte) error { return nil })
			if closed := b.Close(); closed != nil {
				t.Error(closed)
			}
		} else if !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v", fault.Name, err)
		}
		if err == nil {
			t.Errorf("%s: nobody saw it", fault.Name)
		}
		s.clean()
	}
}
