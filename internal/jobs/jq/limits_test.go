package jq_test

import (
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/jobs/jq"
)

// Whoever pastes a program must not end the process, nor keep it busy: a part in a part
// takes stack, and what is long was held against all of itself.
func TestAProgramHasLimits(t *testing.T) {
	t.Parallel()
	const deep = "more than 10,000 parts of the program lie in each other"
	nested := func(before, in, after string, n int) string {
		return strings.Repeat(before, n) + in + strings.Repeat(after, n)
	}
	var bound, members strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&bound, ".a as $x%d|", i)
		fmt.Fprintf(&members, "k%d: .m%d,", i, i)
	}
	for name, c := range map[string]struct{ program, want string }{
		"brackets":               {nested("(", ".", ")", 30_000), deep},
		"more brackets":          {nested("(", ".", ")", 300_000), "a program may have 64 KiB, and this one has 586"},
		"lists":                  {nested("[", ".", "]", 30_000), deep},
		"patterns":               {". as " + nested("[", "$x", "]", 30_000) + " | $x", deep},
		"signs":                  {nested("-", "1", "", 60_000), deep},
		"steps":                  {nested(".a|", ".", "", 20_000), deep},
		"values":                 {"[" + nested("1,", "2", "", 30_000) + "]", deep},
		"conditions":             {nested("if . then ", ".", " end", 4_000), ""},
		"steps that are allowed": {nested(".a|", ".", "", 4_900), ""},
		"values, too":            {"[" + nested("1,", "2", "", 4_900) + "]", ""},
		"a long path":            {nested(".a", "", "", 30_000), ""},
		"a path of lists":        {"." + nested("[]", "", "", 30_000), ""},
		"variables":              {bound.String() + "$x7", ""},
		"members":                {"{" + members.String() + "z: 1}", ""},
		"calls":                  {"[" + nested("(not),", "1", "", 4_000) + "]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problem := jq.Compile(c.program)
			switch {
			case c.want == "" && problem != nil:
				t.Errorf("refused: %s", problem.Message)
			case c.want != "" && (problem == nil || problem.Message != c.want):
				t.Errorf("%v, want %s", problem, c.want)
			}
		})
	}
}
