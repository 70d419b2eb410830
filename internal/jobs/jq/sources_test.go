package jq_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestSources holds which values of a written object are plainly a field's, or
// of one type whatever the input is.
func TestSources(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		selectModel: "author=versions.items.[].authorUser.name created=versions.items.[].createdAt from=versions.items.[].sourceApplication " +
			"id=id message=versions.items.[].message model=name updated=updatedAt version=versions.items.[].id",
		"{id, at: .updatedAt, by: .author.name?}":           "at=updatedAt by=author.name id=id",
		`{a: .["x"], b: ."y", "c": .z, "d"}`:                "a=x b=y c=z d=d",
		".author | {name, n: .x.y}":                         "n=author.x.y name=author.name",
		".items[] | select(.ok) | {id}":                     "id=items.[].id",
		". as $r | .items[] | {id, of: $r.id}":              "id=items.[].id of=id",
		".at as $at | {$at, $tick, $job, l: $last_success}": "at=at job:string l:timestamp tick:timestamp",
		". as {$tick} | {$tick}":                            "",
		".x as $tick | {$tick}":                             "tick=x",
		"{all: ., list: .items, last: .items[-1].id}":       "all= last=items.[].id list=items",
		`{t: "a\(.x)", b: (.x == 1), n: (.x | not), f: (@text "a"), s: (.x | tostring), y: true, and: (.a and .b)}`: "and:boolean b:boolean " +
			"f:string n:boolean s:string t:string y:boolean",
		"{a: (.x // null), b: (if .x then .y else null end), c: (null // .z), n: null}":                         "a=x b=y c=z",
		"{a: (.x // .y), b: (.x // \"\"), c: (.x + 1), d: .x[1:], e: .x[.y], f: (.x | length), g: first(.x[])}": "",
		"{a: .x, a: 1}":                  "",
		"{a: 1, a: .x}":                  "a=x",
		"{a: .x, b: .y} + {b: 1, c: .z}": "a=x c=z",
		"if .k then {a: .x, b: .y} else {b: .y, a: .z} end": "b=y",
		"def tostring: 1; {a: (. | tostring)}":              "",
		"def f: {b: .x}; f | {b}":                           "",
		"{a: {b: .x}}":                                      "",
		".":                                                 "",
		"reduce .[] as $x ({a: .y}; .)":                     "",
		"try {a: .x} catch {a: .x}":                         "",
	} {
		sources := compiled(t, program).Sources()
		var got []string
		for _, key := range slices.Sorted(maps.Keys(sources)) {
			if one := sources[key]; one.Field {
				got = append(got, key+"="+strings.Join(one.Path, "."))
			} else {
				got = append(got, key+":"+one.Type)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s\n got %s\nwant %s", program, text, want)
		}
	}
	for program, want := range map[string]bool{
		".": true, "select(.a)": true, ". as $x | select($x.a)": true, "if .a then . else empty end": true, "select(.a), select(.b)": true,
		".a": false, ".a?": false, "if .a then .b end": false, "del(.a)": false, ". + {}": false, "{a}": false, ".[]": false,
		"def select(f): 1; select(.a)": false, "null // .": true,
	} {
		if got := compiled(t, program).Passes(); got != want {
			t.Errorf("%s passes its input: %v", program, got)
		}
	}
}
