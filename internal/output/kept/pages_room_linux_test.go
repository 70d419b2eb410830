package kept

import (
	"os"
	"speckle-runner/internal/output/disk"
	"strings"
	"testing"
	"time"
)

// TestKeptPagesMakeRoom: when the disk is full, what is kept for another attempt
// goes, and the export goes on.
func TestKeptPagesMakeRoom(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	d := In(folder)
	kept := d.NewPages("a@1", "list", time.Now())
	kept.Append([]byte(`"` + strings.Repeat("x", pagesBuffer) + `"`))
	kept.End([]byte("{}"))
	spool, err := d.NewSpool("a@1")
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	large := []byte(`"` + strings.Repeat("y", spoolBuffer) + `"`)
	if err := spool.Append(large); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	whole := spool.file
	spool.file = full
	d.OnStep(func(step string) {
		if step == "made room" {
			spool.file = whole
		}
	})
	if err := spool.Append(large); err != nil || spool.Count() != 2 {
		t.Errorf("%v, %d records", err, spool.Count())
	}
	if d.KeptPages("a@1", "list") != nil || kept.Err() == nil || kept.Records() != 0 {
		t.Errorf("the pages are still there: %v", kept.Err())
	}
	kept.Append(large) // says nothing, keeps nothing
	kept.End([]byte("{}"))
	kept.Close()

	spool.file = full
	if err := spool.Append(large); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("without pages to give up: %v", err)
	}
	spool.file = whole
}
