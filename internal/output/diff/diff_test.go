package diff_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

func snapshot(t testing.TB, lines []string, shape string, ignore ...string) *diff.Snapshot {
	t.Helper()
	s, err := diff.TakeSnapshot(t.Context(), outputtest.NDJSON(lines...), ignore, shape)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t testing.TB, s *diff.Snapshot) []byte {
	t.Helper()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// told writes changes in one line: +id name, -id name, ~id name (fields).
func told(c *diff.Changes) string {
	var parts []string
	for _, kind := range []struct {
		sign string
		list diff.List
	}{{"+", c.Added}, {"-", c.Removed}, {"~", c.Changed}} {
		for _, r := range kind.list.Records {
			text := kind.sign + string(r.ID) + " " + r.Name
			if r.Fields != nil {
				text += " " + fmt.Sprint(r.Fields)
			}
			parts = append(parts, text)
		}
		if int64(len(kind.list.Records)) != kind.list.Count {
			parts = append(parts, fmt.Sprintf("%sof %d", kind.sign, kind.list.Count))
		}
	}
	if c.NotCompared != nil {
		parts = append(parts, fmt.Sprint("without ", c.NotCompared))
	}
	return strings.Join(parts, "; ")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new []string
		ignore   []string
		select2  bool // the new export comes from another query
		want     string
	}{
		"nothing":      {old: []string{`{"id":"a","n":1}`}, new: []string{`{"id":"a","n":1}`}},
		"both empty":   {},
		"all are new":  {new: []string{`{"id":"b"}`, `{"id":"a","name":"A"}`}, want: `+"b" b; +"a" A`},
		"all are gone": {old: []string{`{"id":"b","name":"B"}`, `{"id":"a"}`}, want: `-"a" a; -"b" B`},
		"one of each": {old: []string{`{"id":"a","name":"A","n":1}`, `{"id":"b","name":"B","n":1}`, `{"id":"d"}`},
			new: []string{`{"id":"c","name":"C"}`, `{"id":"b","name":"B","n":2}`, `{"id":"d"}`}, want: `+"c" C; -"a" A; ~"b" B [n]`},
		"another name": {old: []string{`{"id":"a","name":"A"}`}, new: []string{`{"id":"a","name":"B"}`},
			want: `~"a" B [name]`},
		"orders": {old: []string{`{"id":"a","x":{"p":1,"q":[2]}}`, `{"id":"b"}`},
			new: []string{`{"id":"b"}`, `{"x":{"q":[2],"p":1},"id":"a"}`}},
		"escapes":          {old: []string{`{"id":"a","x":"\u00e9"}`}, new: []string{`{"id":"a","x":"é"}`}},
		"digits":           {old: []string{`{"id":"a","x":1.0}`}, new: []string{`{"id":"a","x":1.00}`}, want: `~"a" a [x]`},
		"text and number":  {old: []string{`{"id":"a","x":"1"}`}, new: []string{`{"id":"a","x":1}`}, want: `~"a" a [x]`},
		"ids of two kinds": {old: []string{`{"id":"1"}`}, new: []string{`{"id":1}`}, want: `+1 1; -"1" 1`},
		"null and nothing": {old: []string{`{"id":"a","x":null}`, `{"id":"b","x":1}`},
			new: []string{`{"id":"a"}`, `{"id":"b","x":1}`}, want: `~"a" a [x]`},
		"fields by name": {old: []string{`{"id":"a","z":1,"b":1}`}, new: []string{`{"id":"a","z":2,"b":2}`},
			want: `~"a" a [b z]`},
		"ignored": {old: []string{`{"id":"a","at":1,"by":{"name":"x","when":1}}`},
			new: []string{`{"id":"a","at":2,"by":{"name":"x","when":2}}`}, ignore: []string{"at", "by.when"}},
		"beside ignored": {old: []string{`{"id":"a","by":{"name":"x","when":1}}`},
			new: []string{`{"id":"a","by":{"name":"y","when":2}}`}, ignore: []string{"by.when"}, want: `~"a" a [by]`},
		"ignored in lists": {old: []string{`{"id":"a","l":[{"k":1,"v":1}]}`}, new: []string{`{"id":"a","l":[{"k":1,"v":2}]}`},
			ignore: []string{"l.v"}},
		"a twin": {old: []string{`{"id":"a","n":1}`}, new: []string{`{"id":"a","n":1}`, `{"n":1,"id":"a"}`}},
		"a field that comes in the same query": {old: []string{`{"id":"a"}`, `{"id":"b"}`}, new: []string{`{"id":"a","flag":true}`, `{"id":"b"}`},
			want: `~"a" a [flag]`},
		"fields of another query": {old: []string{`{"id":"a","x":1,"gone":1}`}, new: []string{`{"id":"a","x":1,"new":1}`},
			select2: true, want: "without [gone new]"},
		"a change beside another query": {old: []string{`{"id":"a","x":1,"gone":1}`}, new: []string{`{"id":"a","x":2,"new":1}`},
			select2: true, want: `~"a" a [x]; without [gone new]`},
		"another query from nothing": {new: []string{`{"id":"a","x":1}`}, select2: true, want: `+"a" a`},
		"names": {new: []string{`{"id":"1","title":"T","name":""}`, `{"id":"2","email":"e@x.example"}`, `{"id":"3","name":["x"]}`,
			`{"id":"4","name":"two\nlines"}`, `{"id":"5","name":"0123456789abcdef0123456789abcdef0123456789"}`},
			want: `+"1" T; +"2" e@x.example; +"3" 3; +"4" two lines; +"5" 0123456789…[redacted]`},
	} {
		shape := "one"
		if c.select2 {
			shape = "two"
		}
		old := encoded(t, snapshot(t, c.old, "one", c.ignore...))
		changes, err := snapshot(t, c.new, shape, c.ignore...).Since(t.Context(), old, -1)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := told(changes); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestChangesAreListedUpToALimit(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf(`{"id":"%d"}`, 30-i))
	}
	none := encoded(t, snapshot(t, nil, ""))
	changes, err := snapshot(t, lines, "").Since(t.Context(), none, 2)
	if got := told(changes); err != nil || got != `+"30" 30; +"29" 29; +of 20` {
		t.Errorf("%s, %v", got, err)
	}
	changes, err = snapshot(t, nil, "").Since(t.Context(), encoded(t, snapshot(t, lines, "")), 0)
	if err != nil || changes.Removed.Count != 20 || changes.Removed.Records != nil {
		t.Errorf("%+v, %v", changes, err)
	}
}

// TestSnapshotsSayWhyNot: what can't be compared is told by a type, so that it
// fails no run.
func TestSnapshotsSayWhyNot(t *testing.T) {
	t.Parallel()
	var wide strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&wide, `,"f%d":1`, i)
	}
	for want, c := range map[string]struct {
		lines   []string
		unnamed bool
	}{
		"record 2 has no id":                                                          {[]string{`{"id":"a"}`, `{"name":"x"}`}, true},
		"record 1 is no object with an id":                                            {[]string{`[1]`}, true},
		"record 1 has an id that is neither text nor a number":                        {[]string{`{"id":null}`}, true},
		"record 1 has an id that is empty or longer than 200 bytes":                   {[]string{`{"id":""}`}, true},
		`the id "a" is that of two different records`:                                 {[]string{`{"id":"a","n":1}`, `{"id":"a","n":2}`}, true},
		"record 1 has a field beyond 1000, or one with a name of more than 500 bytes": {[]string{`{"id":"a"` + wide.String() + `}`}, false},
	} {
		_, err := diff.TakeSnapshot(t.Context(), outputtest.NDJSON(c.lines...), nil, "")
		failed, is := errors.AsType[*diff.SnapshotError](err)
		if !is || err.Error() != want || failed.Unnamed != c.unnamed {
			t.Errorf("%v, want %s", err, want)
		}
	}
	var many []string
	for i := range 200_001 {
		many = append(many, fmt.Sprintf(`{"id":%d}`, i))
	}
	if _, err := diff.TakeSnapshot(t.Context(), outputtest.NDJSON(many...), nil, ""); err == nil || err.Error() != "more than 200000 records" {
		t.Errorf("%v", err)
	}
}

// TestChangesForgetTheOrder: whatever the order of records and keys, and with
// twins, the same is told, and the content has the same name.
func TestChangesForgetTheOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		var old, now []string
		for i := range random.IntN(30) {
			record := func() string {
				fields := []string{fmt.Sprintf(`"id":"r%d"`, i), fmt.Sprintf(`"name":"n%d"`, random.IntN(2)),
					fmt.Sprintf(`"x":{"a":%d,"b":[1]}`, random.IntN(2))}
				if random.IntN(2) == 0 {
					fields = append(fields, `"y":null`)
				}
				return "{" + strings.Join(fields, ",") + "}"
			}
			if random.IntN(4) > 0 {
				old = append(old, record())
			}
			if random.IntN(4) > 0 {
				now = append(now, record())
			}
		}
		shuffled := func(lines []string) []string {
			lines = slices.Clone(lines)
			random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			return lines
		}
		sorted := func(old, now []string) string {
			c, err := snapshot(t, now, "").Since(t.Context(), encoded(t, snapshot(t, old, "")), -1)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(told(c), "; ")
			slices.Sort(parts)
			return strings.Join(parts, "; ")
		}
		want := sorted(old, now)
		twins := now
		if len(now) > 0 {
			twins = append(slices.Clone(now), now[random.IntN(len(now))])
		}
		if got := sorted(shuffled(old), shuffled(twins)); got != want {
			t.Fatalf("round %d:\n%s\nand in another order\n%s", round, want, got)
		}
		if a, b := content(t, strings.Join(now, "\n")), content(t, strings.Join(shuffled(now), "\n")); a != b {
			t.Fatalf("round %d: the content has two names", round)
		}
		if got := sorted(now, shuffled(now)); got != "" {
			t.Fatalf("round %d: a new order is a change: %s", round, got)
		}
	}
}

// FuzzSnapshot reads anything as what a ledger kept: it is refused by type or
// compared, and never breaks.
func FuzzSnapshot(f *testing.F) {
	now := []string{`{"id":"a","name":"A","n":1}`, `{"id":7,"n":{"x":[1]}}`, `{"id":"b"}`}
	whole := encoded(f, snapshot(f, now, "shape"))
	f.Add(whole, false)
	f.Add(whole[:len(whole)/2], false)
	f.Add([]byte("\x01\x00\x01\x01f\x02\x02na\x00\x00\x02sa\x00\x01\x00123456"), true)
	f.Add([]byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true)
	f.Add([]byte{}, false)
	s := snapshot(f, now, "shape")
	f.Fuzz(func(t *testing.T, text []byte, plain bool) {
		if plain { // what is inside, without having to guess checksums
			text = compress(text)
		}
		c, err := s.Since(t.Context(), text, -1)
		if err != nil {
			if _, is := errors.AsType[*diff.SnapshotError](err); !is {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		if same := int64(len(now)) - c.Added.Count - c.Changed.Count; same < 0 {
			t.Errorf("%+v", c)
		}
		for _, r := range c.Removed.Records {
			if !r.ID.IsValid() {
				t.Errorf("the id %q", r.ID)
			}
		}
	})
}

func TestADamagedSnapshotIsTold(t *testing.T) {
	t.Parallel()
	now := snapshot(t, []string{`{"id":"a"}`}, "")
	whole := encoded(t, now)
	for name, text := range map[string][]byte{
		"nothing": {}, "text": []byte("this is no snapshot"), "cut": whole[:len(whole)-2], "a bit": flipped(whole),
		"a later version": compress([]byte{2, 0, 0, 0}), "more": compress([]byte{1, 0, 0, 0, 0}),
		"no order": compress([]byte("\x01\x00\x00\x02\x02sb\x00\x00\x02sa\x00\x00")),
	} {
		_, err := now.Since(t.Context(), text, -1)
		if _, is := errors.AsType[*diff.SnapshotError](err); !is || !strings.HasPrefix(err.Error(), "what the ledger kept is damaged: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flipped(text []byte) []byte {
	text = slices.Clone(text)
	text[len(text)-6] ^= 1
	return text
}

func BenchmarkSnapshot(b *testing.B) {
	var lines []string
	for i := range 200_000 {
		lines = append(lines, fmt.Sprintf(`{"id":"%010x","name":"Level %d / Core","updatedAt":"2026-11-%02dT02:30:00.000Z","createdAt":"2025-01-01T00:00:00.000Z","description":null,"author":{"id":"%08x","name":"Ada"},"versions":{"totalCount":%d}}`, i*7919, i, i%28, i%50, i%7))
	}
	now := lines[:190_000]
	old := encoded(b, snapshot(b, lines[5000:], ""))
	b.Run("take", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			snapshot(b, now, "")
		}
	})
	s := snapshot(b, now, "")
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.ReportMetric(float64(len(encoded(b, s))), "bytes")
		}
	})
	b.Run("since", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Since(b.Context(), old, -1); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// content names what lines of records hold.
func content(t *testing.T, lines string) string {
	t.Helper()
	records := record.Records{Count: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil }}
	name, err := record.Content(t.Context(), records, nil)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// compress gives what Encode would make of a text.
func compress(text []byte) []byte {
	to, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return to.EncodeAll(text, nil)
}
