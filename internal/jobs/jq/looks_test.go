package jq_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/jobs/jq"
)

func written(o jq.Origin) string {
	text := "." + strings.Join(o.Path, ".")
	if o.Data {
		text = "$data" + text
	}
	return text
}

// TestOrigins: what a program looks at, what its keys are made of, and whether
// it gives records as they came. What can't be followed is left out.
func TestOrigins(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		".":                                    " | | passes",
		"select(.a.b > 1)":                     ".a .a.b | | passes",
		"{a, b: .c.d}":                         ".a .c .c.d | a=.a b=.c.d |",
		`{"x y": ."p q", "z": .["r s"]}`:       ".p q .r s | x y=.p q z=.r s |",
		"{(.k): .v}":                           ".k .v | |",
		`"\(.a) of \(.b)"`:                     ".a .b | |",
		"@csv \"\\(.a)\"":                      ".a | |",
		".a // .b":                             ".b | |",
		"{x: (.a.b // 0)}":                     " | |",
		".a as $x | {y: $x.b}":                 ".a .a.b | y=.a.b |",
		". as {a: $x} | {x: $x, $x2}":          "!",
		".items[] | {id}":                      ".items .items.[].id | id=.items.[].id |",
		".items[0].id":                         ".items .items.[].id | |",
		"[.items[] | .id] | first":             ".items .items.[].id | |",
		"{n: (.items | map(.id) | .[0])}":      ".items .items.[].id | n=.items.[].id |",
		"[.items[]][-1].id":                    ".items .items.[].id | |",
		".items | sort_by(.at) | last.id":      ".items .items.[].at .items.[].id | |",
		".items[1:3] | max_by(.at).id":         ".items .items.[].at .items.[].id | |",
		".items | group_by(.k)[0][0].id":       ".items .items.[].k .items.[].id | |",
		"first(.items[]).id":                   ".items .items.[].id | |",
		"{a: $data.p.q}":                       "$data.p $data.p.q | a=$data.p.q |",
		"$each.id":                             " | |",
		".a = 1 | .b":                          " | |",
		".a |= .b":                             " | |",
		"del(.a) | .b":                         " | |",
		"to_entries | .[0].key":                " | |",
		".. | .a?":                             " | |",
		"def f: .a; f | .b":                    " | |",
		"def select(f): .; select(.a)":         " | |",
		"{a: 1} | .b":                          " | |",
		"{a: .x} | {b: .a}":                    ".x | b=.x |",
		"{a} + {b}":                            ".a .b | a=.a b=.b |",
		". + {b: .c}":                          ".c | |",
		"if .a then .b else empty end":         ".a .b | |",
		"if .a then . else empty end":          ".a | | passes",
		"if .a then . end":                     ".a | | passes",
		"try .a catch .b":                      ".a | |",
		"reduce .items[] as $i (0; . + $i.n)":  ".items .items.[].n | |",
		"foreach .items[] as $i (0; $i.n; .a)": ".items .items.[].n | |",
		"label $out | .a, break $out":          ".a | |",
		".a.b, .a.c":                           ".a .a.b .a.c | |",
		"[.]":                                  " | |",
		".name | test(.x)":                     ".name .name.x | |",
		"any(.items[]; .a)":                    " | |",
		".items | any(.a)":                     ".items .items.[].a | |",
		"-.a":                                  ".a | |",
	} {
		p, problem := jq.Compile(program)
		if want == "!" {
			if problem == nil {
				t.Errorf("%s: compiled", program)
			}
			continue
		}
		if problem != nil {
			t.Errorf("%s: %+v", program, problem)
			continue
		}
		var looks, makes []string
		for _, o := range p.Looks() {
			looks = append(looks, written(o))
		}
		for _, key := range slices.Sorted(maps.Keys(p.Makes())) {
			makes = append(makes, key+"="+written(p.Makes()[key]))
		}
		passes := ""
		if p.Passes() {
			passes = " passes"
		}
		if got := fmt.Sprintf("%s | %s |%s", strings.Join(looks, " "), strings.Join(makes, " "), passes); strings.ReplaceAll(got, "  ",
			" ") != strings.ReplaceAll(want, "  ", " ") {
			t.Errorf("%s:\n got %s\nwant %s", program, got, want)
		}
	}
}

// TestPlace finds where a program names what it looks at.
func TestPlace(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"{nam: .nam}":              "1:8 .nam",
		"{a,\n  nam}":              "2:3 .nam",
		".user.name, .author.name": "1:21 .author.name",
		"{id, p: $each.id}":        "1:2 .id",
		`."nam"`:                   "1:2 .nam",
	} {
		p, problem := jq.Compile(program)
		if problem != nil {
			t.Fatal(problem)
		}
		place, name, _ := strings.Cut(want, " ")
		for _, o := range p.Looks() {
			if written(o) != name {
				continue
			}
			if line, col := p.Place(o); fmt.Sprintf("%d:%d", line, col) != place {
				t.Errorf("%s: %d:%d, want %s", program, line, col, want)
			}
		}
	}
}
