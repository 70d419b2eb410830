package jq_test

import (
	"testing"

	"speckle-runner/internal/jobs/jq"
)

func TestCompileSaysWhere(t *testing.T) {
	t.Parallel()
	const modules = "define what you need with def"
	for _, c := range []struct {
		program   string
		line, col int
		message   string
		hint      string
	}{
		{"", 1, 1, "the program is empty", "write . for the record as it is"},
		{" # only\n", 1, 1, "the program is empty", "write . for the record as it is"},
		{".a |\n", 1, 5, "the program ends too early", ""},
		{"{a:\n  [1, (2", 2, 9, "the program ends too early", "the ( in line 2, column 7 is not closed"},
		{"if .a then\n 1", 2, 3, "the program ends too early", "the if in line 1, column 1 has no end"},
		{`"a \(1`, 1, 7, "the program ends too early", "the ( in line 1, column 5 is not closed"},
		{`.a, "b`, 1, 5, "text without its closing quote", ""},
		{`.a, "\q"`, 1, 6, `invalid escape sequence "\q" in string literal`, ""},
		{`"ä" | .b && .c`, 1, 10, `unexpected token "&"`, "write and"},
		{".a || .b", 1, 5, `unexpected token "|"`, "write or, or // for a value in place of null"},
		{"!.a", 1, 1, `unexpected token "!"`, "write (…) | not"},
		{"'x'", 1, 1, `unexpected token "'"`, "text stands in double quotes"},
		{".a = = 3", 1, 6, `unexpected token "="`, "write == to compare"},
		{".a <> 3", 1, 5, `unexpected token ">"`, "write != for not equal"},
		{".é", 1, 2, `unexpected token "é"`, `a name with such a character is written in quotes: ."…"`},
		{`{@base64 "x": 1}`, 1, 2, `unexpected token "@base64"`, `a computed key stands in parentheses: {(@base64 "x"): 1}`},
		{"..a", 1, 3, `unexpected token "a"`, "write .. | .a"},
		{"{a: 1}}", 1, 7, `unexpected token "}"`, ""},

		{"$ticks", 1, 1, "there is no variable $ticks", "did you mean $tick?"},
		{"\"$tik\" # $tik\n| \"\\(.a)\" | $tik", 2, 13, "there is no variable $tik", "did you mean $tick?"},
		{". as $tik | 1, ($tik), (2 | $tok)", 1, 29, "there is no variable $tok", "did you mean $tik?"},
		{"(. as $x | $x), $x", 1, 17, "there is no variable $x", "$x is known in another part of the program only"},
		{"$tower", 1, 1, "there is no variable $tower", "known are $data, $each, $job, $tick, $last_success and $version"},
		{"$lastSuccess", 1, 1, "there is no variable $lastSuccess", "did you mean $last_success?"},
		{"{$jobs}", 1, 2, "there is no variable $jobs", "did you mean $job?"},
		{"$record.id", 1, 1, "there is no variable $record", "the record is ."},
		{"$run", 1, 1, "there is no variable $run", "the run has no name in a program; $tick is the time it was due"},
		{"$ENV.PATH", 1, 1, "a program can't read environment variables", ""},
		{"1 | env", 1, 5, "a program can't read environment variables", ""},

		{".slect, {slect: 1}, select(.a | slect(.b))", 1, 33, "there is no function slect/1", "did you mean select?"},
		{"select(.a; .b)", 1, 1, "there is no function select/2", "select takes 1 argument"},
		{"limit(1, 2)", 1, 1, "there is no function limit/1", "limit takes 2 arguments, separated by ;"},
		{"length(.)", 1, 1, "there is no function length/1", "length takes no arguments"},
		{"def mine(f): f; mine", 1, 17, "there is no function mine/0",
			"mine is defined with another number of arguments; they are separated by ;"},
		{"def first_name: 1; firstname", 1, 20, "there is no function firstname/0", "did you mean first_name?"},
		{".fire-rating", 1, 7, "there is no function rating/0", `a name with a - in it is written in quotes: ."…-rating"`},
		{".xs | filter(.a)", 1, 7, "there is no function filter/1", "did you mean select?"},
		{".name | replace(\"a\"; \"b\")", 1, 9, "there is no function replace/2", "did you mean gsub?"},
		{". == architecture", 1, 6, "there is no function architecture/0", `write .architecture for a field and "architecture" for text`},
		{"1 | input", 1, 5, "a program sees one record at a time, so there is no input", "the record is . and the rest of its page $data"},
		{".a | halt", 1, 6, "halt would leave out all records that follow",
			`write empty to leave out one record, or error("why") to fail the run`},
		{"debug(\"x\")", 1, 1, "there is no debug here", "see what a program gives with runner run --dry-run"},
		{"debug", 1, 1, "there is no debug here", "see what a program gives with runner run --dry-run"},
		{"$__loc__", 1, 1, "there is no $__loc__ here", ""},
		{"@base32d", 1, 1, "there is no format @base32d", "did you mean @base64d?"},
		{"1, break $out", 1, 4, "there is no label $out", "write label $out | before the part that break leaves"},
		{`import "a" as a; .`, 1, 1, "a program can't load modules", modules},
		{`include "a"; .`, 1, 1, "a program can't load modules", modules},
		{`"a" | modulemeta`, 1, 7, "a program can't load modules", ""},
		{token, 1, 1, `invalid token "0123456789a"`, ""},
	} {
		p, problem := jq.Compile(c.program)
		if p != nil || problem == nil {
			t.Errorf("%q compiles", c.program)
			continue
		}
		if want := (jq.Problem{Line: c.line, Col: c.col, Message: c.message, Hint: c.hint}); *problem != want {
			t.Errorf("%q:\ngot  %+v\nwant %+v", c.program, *problem, want)
		}
	}
}

// A program's own definitions may have any name.
func TestCompileTakesItsOwnNames(t *testing.T) {
	t.Parallel()
	for _, program := range []string{
		"def env: 1; env", "def halt: 1; halt", "def debug: .; debug", ". as $ENV | $ENV", "def f(input): input; f(1)",
		"{env: 1, input: 2, halt: 3}", ".env.input", `"env $ENV input"`, "def f: def g: 1; g; f",
	} {
		compiled(t, program)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		selectModel, ". as [$a, {b: $c}] ?// $d | $d", `"a\(1 + "\(2)")" | @csv`, "# a\\\n b\n.", "if", "$x", "{$x: 1}", "a::b",
		"reduce .[] as $x (0; . + $x)", "label $f | break $g", "1e5.x", "..a", "\"\\", "def f(a; $b): a; f(1; 2)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, problem := jq.Compile(text)
		if (p == nil) == (problem == nil) {
			t.Fatalf("got %v and %v", p, problem)
		}
		if problem != nil && (problem.Line < 1 || problem.Col < 1 || problem.Message == "") {
			t.Fatalf("got %+v", *problem)
		}
	})
}
