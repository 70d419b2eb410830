package jq_test

import (
	"slices"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"{b, a: .x, \"c\": 1}":         "b a c",
		selectModel:                    "id model updated version created message from author",
		".xs[] | {a, b}":               "a b",
		"select(.x) | {a, b}":          "a b",
		"{a, b} | select(.a) | .":      "a b",
		". as $x | {$x, a: 1}":         "x a",
		". as [$x] | def f: 1; {a: f}": "a",
		"if .x then {a, b} elif .y then {b, a} else {a: 1, b: 2} end": "a b",
		"if .x then {a} else empty end":                               "a",
		"if .x then {a} else error(\"no\") end":                       "a",
		"{a, a: 2, b: {c: 1}}":                                        "a b",
		"{$job, $tick}":                                               "job tick",
		`{"a b": 1, if: 2, "ä": 3}`:                                   "a b if ä",
		"({a: 1}, {a: 2})":                                            "a",
		"try {a} catch {a: null}":                                     "a",
		"({a: .x[]})?":                                                "a",
		"label $out | {a}":                                            "a",
		"{a: 1} + {b: 2, a: 3}":                                       "a b",
		"{a: 1} // {a: 2}":                                            "a",
		"{a: 1,}":                                                     "a",
		"{a: (1, 2) | . + 1}":                                         "a",

		".":                           "-",
		"{}":                          "-",
		".a":                          "-",
		"[{a: 1}]":                    "-",
		"{a: 1} | .a = 2":             "-",
		"{a: 1} | .b = 2":             "-",
		"{a: 1} | del(.a)":            "-",
		"{a: 1}.a":                    "-",
		"{a: {b: 1}} | .a":            "-",
		"{(.k): 1}":                   "-",
		`{"a\(.x)": 1}`:               "-",
		"if .x then {a} else {b} end": "-",
		"if .x then {a} end":          "-",
		"{a: 1}, {a: 1, b: 2}":        "-",
		"{a: 1}, 2":                   "-",
		"{a: 1} + .x":                 "-",
		"{a: 1} // .x":                "-",
		"def select(f): {z: 1}; {a: 1} | select(1)": "-",
		"reduce .[] as $x ({a: 1}; .)":              "-",
		"{a: 1} | with_entries(.key |= \"x\")":      "-",
		"try {a} catch .":                           "-",
		"{a: 1} * {b: 2}":                           "-",
	} {
		keys, plain := compiled(t, program).Keys()
		if want == "-" {
			if plain || keys != nil {
				t.Errorf("%s: got %v, want nothing plain", program, keys)
			}
			continue
		}
		if !plain || strings.Join(keys, "|") != strings.Join(splitKeys(want), "|") {
			t.Errorf("%s: got %q %v, want %s", program, keys, plain, want)
		}
	}
}

func splitKeys(want string) []string {
	if rest, is := strings.CutPrefix(want, "a b if"); is {
		return append([]string{"a b", "if"}, strings.Fields(rest)...)
	}
	return strings.Fields(want)
}

func TestKeysAreACopy(t *testing.T) {
	t.Parallel()
	p := compiled(t, "{a, b}")
	keys, _ := p.Keys()
	slices.Reverse(keys)
	if again, _ := p.Keys(); !slices.Equal(again, []string{"a", "b"}) {
		t.Errorf("got %v", again)
	}
}
