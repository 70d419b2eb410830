package jq_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/jobs/jq"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef0123456789"

func compiled(t testing.TB, text string) *jq.Program {
	t.Helper()
	p, problem := jq.Compile(text)
	if problem != nil {
		t.Fatalf("%s: %+v", text, *problem)
	}
	return p
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	value, err := jq.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// results gives the outputs as JSON, a space between them, and the error.
func results(t testing.TB, program, input string, vars jq.Vars) (string, error) {
	t.Helper()
	var out []string
	for value, err := range compiled(t, program).Run(t.Context(), decoded(t, input), vars) {
		if err != nil {
			return strings.Join(out, " "), err
		}
		text, err := jq.Append(nil, value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return strings.Join(out, " "), nil
}

func vars() jq.Vars {
	return jq.Vars{
		Data: map[string]any{"project": map[string]any{"name": "Tower"}},
		Each: map[string]any{"id": "a1"},
		Job:  "nightly",
		Tick: time.Date(2026, 3, 2, 3, 30, 0, 123456789, time.FixedZone("", 3600)),
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	const record = `{"id":"m1","name":"b","n":null,"xs":[1,2,3],"updatedAt":"2025-11-01T02:30:00.000Z","exact":1.10}`
	for _, c := range []struct{ program, want string }{
		{".", `{"exact":1.10,"id":"m1","n":null,"name":"b","updatedAt":"2025-11-01T02:30:00.000Z","xs":[1,2,3]}`},
		{".xs[]", "1 2 3"},
		{"empty", ""},
		{"select(.n)", ""},
		{".xs | add, length, (map(. * 2) | tojson)", `6 3 "[2,4,6]"`},
		{"$job, $tick, $last_success", `"nightly" "2026-03-02T02:30:00.123Z" null`},
		{`("2026-03-02T02:30:00.500Z", "2026-03-02T03:30:00+01:00", "2026-03-02T02:30:00Z") | fromdate`, "1772418600.5 1772418600 1772418600"},
		{`.updatedAt | fromdateiso8601 | todate`, `"2025-11-01T02:30:00Z"`},
		{`def fromdate: "mine"; .updatedAt | fromdate`, `"mine"`},
		{`.updatedAt < $tick, "2026-03-02T02:30:00.123Z" < $tick, "2026-03-02T02:30:00.500Z" < $tick, .updatedAt < $last_success`,
			"true false false false"},
		{"$data.project.name, $each.id", `"Tower" "a1"`},
		{"{$job, id}", `{"id":"m1","job":"nightly"}`},
		{"select(.updatedAt < ($tick | fromdate - 90 * 86400 | todate)) | .id", `"m1"`},
		{".updatedAt | .[:19] + \"Z\" | fromdate | todate", `"2025-11-01T02:30:00Z"`},
		{".exact, .exact + 0, -.exact", "1.10 1.1 -1.10"},
		{"input_filename", "null"},
		{`getpath(["xs", 1]), (.name | ltrimstr("b"))`, `2 ""`},
		{`$tick | .[:19] | strptime("%Y-%m-%dT%H:%M:%S") | mktime`, "1772418600"},
		{"label $out | .xs[] | if . == 3 then break $out else . end", "1 2"},
		{"first(repeat(.id))", `"m1"`},
		{`.name | try error catch .`, `"b"`},
		{"nan, infinite, 1e-7, 1e21, 3.0", "null 1.7976931348623157e+308 1e-7 1e+21 3"},
		{`del(.exact, .xs, .updatedAt) | keys | @csv`, `"\"id\",\"n\",\"name\""`},
	} {
		if got, err := results(t, c.program, record, vars()); got != c.want || err != nil {
			t.Errorf("%s: got %s, %v\nwant %s", c.program, got, err, c.want)
		}
	}
}

func TestRunSaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 100)
	record := fmt.Sprintf(`{"id":"m1","n":null,"t":%q,"at":"2026-03-02T02:30:00.000Z","long":%q}`, token, long)
	for _, c := range []struct{ program, before, want string }{
		{".n[]", "", "cannot iterate over: null"},
		{".id.x", "", `expected an object but got: string ("m1")`},
		{"1, (.id | tonumber), 2", "1", `tonumber cannot be applied to "m1": invalid number`},
		{`.at | strptime("%Y-%m-%dT%H:%M:%SZ")`, "",
			`strptime("%Y-%m-%dT%H:%M:%SZ") cannot be applied to "2026-03-02T02:30:00.000Z": failed to parse "2026-03-02T02:30:00.000Z" with "%Y-%m-%dT%H:%M:%SZ": expected 'Z' (strptime takes no fractions of a second: fromdate does)`},
		{".id | fromdate", "",
			`strptime("%Y-%m-%dT%H:%M:%S%z") cannot be applied to "m1": failed to parse "m1" with "%Y-%m-%dT%H:%M:%S%z": cannot parse "%Y"`},
		{".t.x", "", `expected an object but got: string ("0123456789…[redacted]")`},
		{"[.t] | .x", "", `expected an object but got: array (["0123456789…[redacted]])`},
		{".t | error", "", "the program stopped with error: 0123456789…[redacted]"},
		{`error("no\nname")`, "", "the program stopped with error: no name"},
		{"error({a: 1})", "", `the program stopped with error: {"a":1}`},
		{"error(null)", "", "the program stopped with error(null)"},
		{`"bye" | halt_error`, "", "the program stopped with halt_error: bye"},
		{`try ("bye" | halt_error) catch 1`, "", "the program stopped with halt_error: bye"},
		{".long | error", "", "the program stopped with error: " + strings.Repeat("long ", 40) + "…"},
		{`"x" * 1e10`, "", `repeat string result too large: "x" * 10000000000`},
		{`.id | format("nope")`, "", "format not defined: @nope"},
		{`.id | test("(")`, "", "invalid regular expression \"(\": error parsing regexp: missing closing ): `(`"},
	} {
		got, err := results(t, c.program, record, vars())
		if err == nil || err.Error() != c.want || got != c.before {
			t.Errorf("%s: got %q, %v\nwant %q, %s", c.program, got, err, c.before, c.want)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, program := range []string{
		"[range(1e9)]", "def f: f; f", "def f: 1 + f; f", "repeat(.) | empty", "last(range(1e12))",
		"until(false; . + 1)", "reduce range(1e9) as $i (0; . + $i)", "[recurse(.)]", "repeat(try error catch .) | empty",
		"label $x | range(1e9) | select(. < 0)",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		outputs := 0
		for _, err := range compiled(t, program).Run(ctx, 0, jq.Vars{}) {
			if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "the program was stopped: context deadline exceeded" {
				t.Errorf("%s: got %v", program, err)
			}
			outputs++
		}
		if outputs != 1 {
			t.Errorf("%s: got %d outputs, want the error", program, outputs)
		}
		cancel()
		for _, err := range compiled(t, ".").Run(ctx, 0, jq.Vars{}) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a run after the end gives %v", err)
			}
		}
	}
}

// A step that makes much memory at once is seen after some more steps.
func TestRunStopsBeforeTheMemoryIsFull(t *testing.T) {
	t.Parallel()
	const want = "the program was stopped: it took more than 512 MiB of memory for one record"
	_, err := results(t, `[limit(1000; repeat("x" * 2e7))] | length`, "0", jq.Vars{})
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestRunStopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	count := 0
	for range compiled(t, "repeat(.)").Run(t.Context(), 0, jq.Vars{}) {
		if count++; count == 10 {
			break
		}
	}
	if count != 10 {
		t.Errorf("got %d", count)
	}
}

// del writes to the constants of a program that it goes over, so two runs at
// once may not share them.
func TestRunInManyGoroutines(t *testing.T) {
	t.Parallel()
	p := compiled(t, `{"a": {"b": [1, {"c": 2}]}, "x": .} | del(.x) | .a.b[1].c`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				for value, err := range p.Run(t.Context(), 0, vars()) {
					if value != 2 || err != nil {
						t.Errorf("got %v, %v", value, err)
					}
				}
			}
		})
	}
	all.Wait()
}

func TestRunInsideARun(t *testing.T) {
	t.Parallel()
	p := compiled(t, ".[]")
	var got []any
	for outer := range p.Run(t.Context(), []any{1, 2}, jq.Vars{}) {
		for inner := range p.Run(t.Context(), []any{3, 4}, jq.Vars{}) {
			got = append(got, outer, inner)
		}
	}
	if want := []any{1, 3, 1, 4, 2, 3, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		".":                                "",
		"$data":                            "data",
		`"\($data.x) $each"`:               "data",
		"# $data\n.":                       "",
		"{$job, $tick}":                    "job tick",
		". as $data | $data":               "",
		"$data as $data | $data":           "data",
		". as {each: $each} | $each":       "",
		". as {$each} | {$each}":           "",
		". as [$tick] ?// $tick | $tick":   "",
		"def f($job): $job; f(1)":          "",
		"def f($job): $job; f($job)":       "job",
		"reduce $each as $e (0; $tick)":    "each tick",
		"foreach .[] as $job (0; 1; $job)": "",
		"(. as $job | 1), $job":            "job",
		`if $data then .a["\($each)"] else .[$tick:$last_success] end`: "data each last_success tick",
		"try error($data) catch -$each":                                "data each",
		`{($job): 1} | {"a\($tick)": 1}`:                               "job tick",
		"label $data | break $data":                                    "",
		`@base64 "\($data)"`:                                           "data",
		"[.[] | $each[]?] | .[$data].a":                                "data each",
	} {
		p := compiled(t, program)
		var got []string
		for _, name := range []string{"data", "each", "job", "last_success", "tick", "version"} {
			if p.Uses(name) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: uses %v, want %s", program, got, want)
		}
		if p.Text() != program {
			t.Errorf("the text of %s is %s", program, p.Text())
		}
	}
}
