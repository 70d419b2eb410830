package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"speckle-runner/internal/store/storetest"
)

// TestTheLogShrinksAgain: SQLite's log grows while much is written at once, or somebody
// reads for long, and isn't left as large as that.
func TestTheLogShrinksAgain(t *testing.T) {
	dsn := storetest.SQLite(t)
	s := open(t, dsn)
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite:") + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	const large = 12 << 20 // the limit is 8 MiB
	if err := s.Write(t.Context(), fmt.Sprintf("CREATE TABLE much AS SELECT zeroblob(%d)", large)); err != nil {
		t.Fatal(err)
	}
	if n := size(); n < large {
		t.Fatalf("the log has %d bytes: it was to be large", n)
	}
	for i := range 3 { // the first finds it written back, and begins it anew
		if err := s.Write(t.Context(), fmt.Sprintf("CREATE TABLE little%d (x)", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := size(); n > 8<<20 {
		t.Errorf("the log stays at %d bytes", n)
	}
}
