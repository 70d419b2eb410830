package output_test

import (
	"io"
	"testing"
	"time"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
)

// TestExportingAllocatesLittle holds, with a wide margin, how many allocations a
// record costs on its way into the spool, with its page kept, and from there
// into a file of each format.
func TestExportingAllocatesLittle(t *testing.T) {
	records := outputtest.Many(4000)
	each := func(allocations float64) float64 { return allocations / float64(len(records)) }
	d := openDir(t, t.TempDir())
	kept := testing.AllocsPerRun(1, func() {
		spool, err := d.NewSpool("a@1")
		if err != nil {
			t.Fatal(err)
		}
		defer spool.Close()
		spool.MayBeExport()
		pages := d.PagesIn(spool, "a@1", "list", time.Now())
		defer pages.Remove()
		for i, record := range records {
			pages.Append([]byte(record))
			if err := spool.Append([]byte(record)); err != nil {
				t.Fatal(err)
			}
			if i%100 == 0 {
				pages.End([]byte("{}"))
			}
		}
	})
	if got := each(kept); got > 2.5 { // two of them are this test's own
		t.Errorf("into the spool: %.2f allocations a record", got)
	}

	spool := newSpool(t, d)
	fill(t, spool, records...)
	for name, most := range map[string]float64{"ndjson": 0.1, "json": 0.1, "csv": 0.5, "ndjson.gz": 0.5, "csv.zst": 0.5, "parquet": 3, "xlsx": 3} {
		f, err := format.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		encode := func() {
			if err := format.Encode(t.Context(), io.Discard, f, spool.Records(), format.Options{}); err != nil {
				t.Error(name, err)
			}
		}
		got := each(testing.AllocsPerRun(1, encode))
		if t.Logf("%s: %.3f allocations a record", name, got); got > most {
			t.Errorf("%s: %.2f allocations a record, more than %v", name, got, most)
		}
	}
}
