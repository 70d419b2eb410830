package output_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/kept"
)

// keptText gives what was kept of a list, "" when there is nothing.
func keptText(t testing.TB, d *output.Dir, run, key string) string {
	t.Helper()
	k := d.KeptPages(run, key)
	if k == nil {
		return ""
	}
	defer k.Close()
	var text strings.Builder
	err := k.Each(func(record []byte) error {
		text.Write(record)
		return nil
	}, func(meta []byte) error {
		fmt.Fprintf(&text, " %s;", meta)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%d pages, %d records: %s", k.Pages, k.Records, text.String())
}

// keepPages keeps pages of one record each.
func keepPages(p *kept.Pages, pages ...string) {
	for i, record := range pages {
		p.Append([]byte(record))
		p.End(fmt.Appendf(nil, `{"page":%d}`, i+1))
	}
}

func TestPagesAreKept(t *testing.T) {
	d := openDir(t, t.TempDir())
	large := `{"x":"` + strings.Repeat("long ", 40_000) + `"}`
	p := d.NewPages("a@1", "list", time.Now())
	keepPages(p, `{"id":1}`)
	if files, _ := filepath.Glob(filepath.Join(d.Path(), ".runner", "parts", "*", "*")); len(files) > 0 {
		t.Errorf("one small page is on the disk: %v", files)
	}
	for _, dropped := range []string{`{"id":2}`, large} {
		p.Append([]byte(dropped))
		p.Drop()
	}
	p.Append([]byte(large))
	p.Append([]byte(`{"id":3}`))
	p.End([]byte(`{"page":2}`))
	p.Append([]byte(`{"id":4}`)) // has no end
	p.Close()
	want := `2 pages, 3 records: {"id":1} {"page":1};` + large + `{"id":3} {"page":2};`
	if got := keptText(t, d, "a@1", "list"); got != want {
		t.Errorf("%.200s", got)
	}
	for _, other := range [][2]string{{"a@2", "list"}, {"a@1", "other"}} {
		if got := keptText(t, d, other[0], other[1]); got != "" {
			t.Errorf("%v: %.200s", other, got)
		}
	}
	farther := d.NewPages("a@1", "list", time.Now())
	keepPages(farther, "1", "2", "3", "4")
	farther.Close()
	shorter := d.NewPages("a@1", "list", time.Now())
	keepPages(shorter, "1", "2")
	shorter.Close()
	if got := keptText(t, d, "a@1", "list"); !strings.HasPrefix(got, "4 pages") {
		t.Errorf("not the one that got farthest: %.200s", got)
	}
	d.DropParts("a@1")
	if got := keptText(t, d, "a@1", "list"); got != "" {
		t.Errorf("still there: %.200s", got)
	}
}

// TestDamagedPages cuts each file at every byte, and changes every byte: what is
// taken is a beginning of what was kept, as it was.
func TestDamagedPages(t *testing.T) {
	for name, files := range map[string]int{"apart": 1, "in a spool": 2} {
		t.Run(name, func(t *testing.T) {
			d := openDir(t, t.TempDir())
			if files == 1 {
				p := d.NewPages("a@1", "list", time.Now())
				keepPages(p, `{"id":1}`, `{"id":2}`)
				p.Close()
			} else {
				p, spool := pagesInSpool(t, d)
				keepInSpool(t, p, spool, `{"id":1}`, `{"id":2}`)
				p.Close()
				if err := spool.Close(); err != nil {
					t.Fatal(err)
				}
			}
			kept, _ := filepath.Glob(filepath.Join(d.Path(), ".runner", "parts", "*", "*"))
			if len(kept) != files {
				t.Fatal(kept)
			}
			for _, file := range kept {
				damageAll(t, d, file)
			}
		})
	}
}

func damageAll(t *testing.T, d *output.Dir, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole := `2 pages, 2 records: {"id":1} {"page":1};{"id":2} {"page":2};`
	try := func(what string, damaged []byte) string {
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		got := keptText(t, d, "a@1", "list")
		switch got {
		case "", `1 pages, 1 records: {"id":1} {"page":1};`, whole:
		default:
			t.Errorf("%s, %s: %s", filepath.Ext(file), what, got)
		}
		return got
	}
	for i := range text {
		try(fmt.Sprint("cut at ", i), text[:i])
		damaged := []byte(string(text))
		damaged[i] ^= 1
		try(fmt.Sprint("changed at ", i), damaged)
	}
	if got := try("as it was", text); got != whole {
		t.Errorf("%s, as it was: %s", filepath.Ext(file), got)
	}
}

// pagesInSpool keeps pages whose records a spool holds.
func pagesInSpool(t *testing.T, d *output.Dir) (*kept.Pages, *kept.Spool) {
	t.Helper()
	spool, err := d.NewSpool("a@1")
	if err != nil {
		t.Fatal(err)
	}
	return d.PagesIn(spool, "a@1", "list", time.Now()), spool
}

// keepInSpool keeps pages of one record each.
func keepInSpool(t *testing.T, p *kept.Pages, spool *kept.Spool, pages ...string) {
	t.Helper()
	for i, record := range pages {
		p.Append([]byte(record))
		if err := spool.Append([]byte(record)); err != nil {
			t.Fatal(err)
		}
		p.End(fmt.Appendf(nil, `{"page":%d}`, i+1))
	}
}

// TestPagesInASpool: nothing is written twice, a page that was dropped leaves
// nothing behind, what the spool holds otherwise ends the keeping, and what was
// kept stays when the spool goes.
func TestPagesInASpool(t *testing.T) {
	d := openDir(t, t.TempDir())
	p, spool := pagesInSpool(t, d)
	keepInSpool(t, p, spool, `{"id":1}`)
	stands := spool.Mark()
	for _, dropped := range []string{`{"id":2}`, `{"x":"` + strings.Repeat("long ", 40_000) + `"}`} {
		p.Append([]byte(dropped))
		if err := spool.Append([]byte(dropped)); err != nil {
			t.Fatal(err)
		}
		p.Drop()
		if err := spool.Truncate(stands); err != nil {
			t.Fatal(err)
		}
	}
	keepInSpool(t, p, spool, `{"id":3}`, `{"id":4}`)
	p.End([]byte(`{"page":"empty"}`))
	want := `4 pages, 3 records: {"id":1} {"page":1};{"id":3} {"page":1};{"id":4} {"page":2}; {"page":"empty"};`
	if got := keptText(t, d, "a@1", "list"); got != want || p.Err() != nil || p.Records() != 3 {
		t.Errorf("%s, %v", got, p.Err())
	}
	if err := spool.Append([]byte(`{"id":5}`)); err != nil { // that the pages don't have
		t.Fatal(err)
	}
	p.Close()
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	if got := keptText(t, d, "a@1", "list"); got != want {
		t.Errorf("when the spool has gone: %s", got)
	}
	d.DropPages("a@1")
	if files, _ := filepath.Glob(filepath.Join(d.Path(), ".runner", "parts", "*")); len(files) > 0 {
		t.Errorf("left: %v", files)
	}

	p, spool = pagesInSpool(t, d)
	defer spool.Close()
	keepInSpool(t, p, spool, `{"id":1}`, `{"id":2}`)
	if err := spool.Append([]byte(`{"id":"other"}`)); err != nil {
		t.Fatal(err)
	}
	keepInSpool(t, p, spool, `{"id":3}`)
	if got := keptText(t, d, "a@1", "list"); got != "" || p.Err() == nil {
		t.Errorf("of a spool with other records: %s, %v", got, p.Err())
	}
}

func TestPagesGrowOld(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := openDir(t, dir)
		old := d.NewPages("a@1", "list", time.Now())
		keepPages(old, "1", "2")
		old.Close()
		time.Sleep(23 * time.Hour) // the bubble's
		since := time.Now().Add(-23 * time.Hour)
		taken := d.NewPages("a@1", "list", since)
		keepPages(taken, "1", "2", "3")
		taken.Close()
		if got := keptText(t, d, "a@1", "list"); !strings.HasPrefix(got, "3 pages") {
			t.Errorf("a day old: %s", got)
		}
		time.Sleep(2 * time.Hour)
		if got := keptText(t, d, "a@1", "list"); got != "" {
			t.Errorf("more than a day old, and taken: %s", got)
		}
	})
}

func TestEachStopsAtTheFirstError(t *testing.T) {
	d := openDir(t, t.TempDir())
	p := d.NewPages("a@1", "list", time.Now())
	keepPages(p, "1", "2", "3")
	p.Close()
	k := d.KeptPages("a@1", "list")
	defer k.Remove()
	stop, seen := errors.New("stop"), 0
	one := func([]byte) error {
		if seen++; seen == 3 {
			return stop
		}
		return nil
	}
	if err := k.Each(one, one); !errors.Is(err, stop) || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
}
