package figures

import (
	"math"
	"testing"
	"time"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0 pages":                    Count(0, "page"),
		"1 page":                     Count(1, "page"),
		"1,234,567 records":          Count(int64(1234567), "record"),
		"-1,000":                     Grouped(-1000),
		"-999":                       Grouped(-999),
		"-9,223,372,036,854,775,808": Grouped(int64(math.MinInt64)),
		"999 B":                      Size(999),
		"1.0 kB":                     Size(1000),
		"1000.0 kB":                  Size(999_999), // as it always was: cut into units first, then rounded
		"1.5 MB":                     Size(1_500_000),
		"12.3 GB":                    Size(12_345_678_901),
		"2.0 TB":                     Size(2_000_000_000_000),
		"12ms":                       Took(12*time.Millisecond + 300*time.Microsecond),
		"1.5s":                       Took(1500 * time.Millisecond),
		"1h2m3s":                     Took(time.Hour + 2*time.Minute + 3*time.Second + 4*time.Millisecond),
		"1 try":                      Tries(1),
		"2 tries":                    Tries(2),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
