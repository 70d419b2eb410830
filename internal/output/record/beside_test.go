package record_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"speckle-runner/internal/output/record"
)

// gathered keeps what it was given, a few records at a time.
type gathered struct {
	most  int
	lines []string
	fails string
}

func (g *gathered) Record(s *record.Scanner) (bool, error) {
	text, err := s.Value()
	if err != nil {
		return false, err
	}
	switch string(text) {
	case g.fails:
		return false, &record.MisfitError{What: g.fails}
	case `"panic"`:
		panic("this one")
	}
	g.lines = append(g.lines, string(text))
	return g.most > 0 && len(g.lines) >= g.most, nil
}

func gather(t *testing.T, text io.Reader, count int64, most int, fails string) ([]string, error) {
	t.Helper()
	records := record.Records{Count: count, Open: func() (io.ReadCloser, error) { return io.NopCloser(text), nil }}
	var all []string
	err := record.Beside(t.Context(), records, func() *gathered { return &gathered{most: most, fails: fails} }, func(g *gathered) error {
		all = append(all, g.lines...)
		g.lines = g.lines[:0]
		return nil
	})
	return all, err
}

// several gives records of all lengths: most are short, some longer than a block.
func several(seed uint64, n int) []string {
	dice := rand.New(rand.NewPCG(seed, 1))
	lines := make([]string, n)
	for i := range lines {
		size := dice.IntN(2000)
		switch dice.IntN(200) {
		case 0:
			size = 100_000 + dice.IntN(100_000)
		case 1:
			size = 300_000
		}
		lines[i] = fmt.Sprintf(`"%d %s"`, i, strings.Repeat("x", size))
	}
	return lines
}

// TestBesideKeepsTheOrder: whatever the lengths of records, and however they are read, each is taken once
// and in its place.
func TestBesideKeepsTheOrder(t *testing.T) {
	t.Parallel()
	for seed, n := range []int{0, 1, 3, 700, 1500} {
		want := several(uint64(seed), n)
		text := strings.Join(want, "\r\n\n")
		for name, in := range map[string]io.Reader{
			"whole": strings.NewReader(text), "with its last end": strings.NewReader(text + "\n"),
			"in halves": iotest.HalfReader(strings.NewReader(text)), "with its end": iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := gather(t, in, int64(n), seed, "")
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%d records, %s: %d came, %v", n, name, len(got), err)
			}
		}
	}
}

// TestBesideTellsTheFirstError, and which record it is, whoever meets it first.
func TestBesideTellsTheFirstError(t *testing.T) {
	t.Parallel()
	lines := several(7, 1200)
	for _, at := range []int{0, 5, 600, 1199} {
		wrong := slices.Clone(lines)
		for i := at; i < len(wrong); i += 97 {
			wrong[i] = `"wrong"`
		}
		for most := range 3 {
			_, err := gather(t, strings.NewReader(strings.Join(wrong, "\n")), -1, most, `"wrong"`)
			misfit, is := errors.AsType[*record.MisfitError](err)
			if !is || misfit.Record != int64(at)+1 {
				t.Errorf("the first wrong record is %d: %v", at+1, err)
			}
		}
	}
}

// TestBesideRefusesWhatIsNotWhole: fewer records than there were, and a reader that breaks off.
func TestBesideRefusesWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	text := strings.Join(several(8, 900), "\n")
	if _, err := gather(t, strings.NewReader(text), 901, 0, ""); err == nil || !strings.Contains(err.Error(), "900 came back of 901") {
		t.Error(err)
	}
	for _, cut := range []error{io.ErrUnexpectedEOF, errors.New("the disk is gone")} {
		broken := io.MultiReader(strings.NewReader(text), iotest.ErrReader(cut))
		if _, err := gather(t, broken, -1, 0, ""); !errors.Is(err, cut) {
			t.Errorf("%v became %v", cut, err)
		}
	}
	if _, err := gather(t, strings.NewReader(text+"\n1 2\n"), -1, 0, ""); !errors.Is(err, record.ErrNotJSON) {
		t.Error("two values in a line:", err)
	}
}

// TestBesidePassesAPanicOn to who called it, from whichever goroutine.
func TestBesidePassesAPanicOn(t *testing.T) {
	t.Parallel()
	for _, before := range []int{0, 900} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, "this one") {
					t.Errorf("behind %d records: %s", before, said)
				}
			}()
			_, err := gather(t, strings.NewReader(strings.Join(append(several(9, before), `"panic"`, "1"), "\n")), -1, 0, "")
			t.Errorf("behind %d records: %v", before, err)
		}()
	}
}

// TestColumnsAreInTheOrderOfTheRecords, however many look for them, and so is the one that is too many.
func TestColumnsAreInTheOrderOfTheRecords(t *testing.T) {
	t.Parallel()
	find := func(keys int) ([]record.Column, error) {
		var text strings.Builder
		for i := range 3 * keys {
			fmt.Fprintf(&text, `{"same":{"k%d":1,"k%d":{"deep":"%s"}}}`+"\n", i%keys, (i*7)%keys, strings.Repeat("y", 60))
		}
		return record.FindColumns(t.Context(), record.Records{Count: -1, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text.String())), nil
		}})
	}
	var want []string
	const keys = 5000
	for i := range 3 * keys {
		for _, k := range []int{i % keys, (i * 7) % keys} {
			want = append(want, fmt.Sprint("same.k", k))
		}
	}
	seen := map[string]bool{}
	want = slices.DeleteFunc(want, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
	columns, err := find(keys)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range columns {
		if name := strings.Join(c.Path, "."); !strings.HasSuffix(name, ".deep") {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d keys, in another order: %q…, not %q…", len(got), got[:5], want[:5])
	}
	_, first := find(20_000)
	_, second := find(20_000)
	if first == nil || second == nil || first.Error() != second.Error() || !strings.Contains(first.Error(), "more than 16384 columns") {
		t.Errorf("too many keys: %v; once more: %v", first, second)
	}
}
