package speckle

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func FuzzTimeOf(f *testing.F) {
	f.Add(`"2026-11-23T08:08:46.792Z"`)
	f.Add(`"MjAyNi0xMS0yM1QwODowODo0Ni43OTJa"`)
	f.Add(`"eyJ1cGRhdGVkQXQiOiIyMDI2In0="`)
	f.Add(`5`)
	f.Fuzz(func(t *testing.T, cursor string) {
		if at := timeOf(jsontext.Value(cursor)); at != "" && !strings.Contains(at, "T") {
			t.Errorf("%q gives %q", cursor, at)
		}
	})
}

func TestTimeOf(t *testing.T) {
	for cursor, want := range map[string]string{
		`"2026-11-23T08:08:46.792Z"`:                      "2026-11-23T08:08:46.792Z",
		`"MjAyNi0xMS0yM1QwODowODo0Ni43OTJa"`:              "2026-11-23T08:08:46.792Z",
		`"eyJ1cGRhdGVkQXQiOiIyMDI2LTAxLTAxVDAwOjAwOjAw="`: "",
		`"03ab7b9203bdf9fee11b875e7cea7d1c"`:              "",
		`null`:                                            "",
		`7`:                                               "",
	} {
		if got := timeOf(jsontext.Value(cursor)); got != want {
			t.Errorf("%s: %q, want %q", cursor, got, want)
		}
	}
}
