package kept

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/disk"
)

// TestPagesWithoutLinks: where no file has two names, the records are copied.
func TestPagesWithoutLinks(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	d := In(folder)
	spool, err := d.NewSpool("a@1")
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	p := d.PagesIn(spool, "a@1", "list", time.Now())
	var want strings.Builder
	for i := range 5 {
		for k := range i {
			record := []byte(fmt.Sprintf(`{"page":%d,"record":%d,"x":%q}`, i, k, strings.Repeat("long ", 14_000)))
			p.Append(record)
			if err := spool.Append(record); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&want, string(record))
			if i == 1 {
				name := spool.name
				spool.name = filepath.Join("no", "such", "file")
				defer func() { spool.name = name }()
			}
		}
		p.End(fmt.Appendf(nil, "%d", i))
		fmt.Fprintln(&want, i)
	}
	if p.Err() != nil || p.spool != nil {
		t.Fatal(p.Err(), "or they lie in the spool")
	}
	if _, err := d.Root.Stat(recordsOf(p.name)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	k := d.KeptPages("a@1", "list")
	if k == nil || k.Pages != 5 || k.Records != 10 {
		t.Fatalf("%+v", k)
	}
	defer k.Close()
	var got strings.Builder
	line := func(text []byte) error {
		fmt.Fprintln(&got, string(text))
		return nil
	}
	if err := k.Each(line, line); err != nil || got.String() != want.String() {
		t.Errorf("%v, %d bytes of %d", err, got.Len(), want.Len())
	}
}
