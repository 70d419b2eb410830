package jq_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/jobs/jq"
)

func TestReads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		".createdAt < $last_success":                           "createdAt",
		"(.createdAt | fromdate) < ($last_success | fromdate)": "createdAt",
		`.author.name == "x" and ."id" != null or .["a"].b`:    "author.name id",
		".a.b?.c + .xs[0].y - .a.b":                            "a.b xs",
		"if .a then .b elif .c then -.d else .e end":           "a b c d e",
		".a as $x | .b":     "a",
		"map(.x) | .y":      "",
		"def f: .x; f":      "",
		"[.a], {b: .b}":     "",
		". as {a: $a} | $a": "",
		`.["\(.a)"]`:        "",
		".":                 "",
	} {
		program, problem := jq.Compile(text)
		if problem != nil {
			t.Fatalf("%s: %v", text, problem)
		}
		var paths []string
		for _, path := range program.Reads() {
			paths = append(paths, strings.Join(path, "."))
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s reads %q, want %q", text, got, want)
		}
	}
}
