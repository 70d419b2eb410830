package placeholder_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs/placeholder"
)

func parsed(t testing.TB, text string) placeholder.Template {
	t.Helper()
	template, problems := placeholder.Parse(text)
	if problems != nil {
		t.Fatalf("%s: %+v", text, problems)
	}
	return template
}

// values are of a tick on the second of March in UTC, the first in New York.
func values(t testing.TB) placeholder.Values {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return placeholder.Values{
		Job: "nightly", Run: "01JABC", Zone: zone,
		Tick: time.Date(2026, 3, 2, 2, 30, 5, 0, time.UTC),
		Each: map[string]any{
			"id": "a1", "name": "Tower / north", "plain": "Größe 3", "count": 3, "exact": json.Number("1.10"), "big": big.NewInt(7),
			"half": 0.5, "nan": math.NaN(), "good": true, "none": nil, "list": []any{1}, "a": map[string]any{"b": map[string]any{"c": "deep"}},
		},
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	v := values(t)
	for _, c := range []struct{ template, variable, path, address string }{
		{"", "", "", ""},
		{"plain", "plain", "plain", "plain"},
		{"{{job}} {{ }}", "{job} { }", "{job} { }", "{job} { }"},
		{"{{{job}}}", "{nightly}", "{nightly}", "{nightly}"},
		{"x/{job}/{run}", "x/nightly/01JABC", "x/nightly/01JABC", "x/nightly/01JABC"},
		{"{tick}", "2026-03-02T02:30:05Z", "20260302T023005Z", "20260302T023005Z"},
		{"{date} {time} {year}-{month}-{day}", "2026-03-01 213005 2026-03-01", "2026-03-01 213005 2026-03-01", "2026-03-01 213005 2026-03-01"},
		{"h://h/{time}{offset}", "h://h/213005-0500", "h://h/213005-0500", "h://h/213005-0500"},
		{"{last_success:2020-01-01T01:00:00+01:00}", "2020-01-01T00:00:00Z", "20200101T000000Z", "20200101T000000Z"},
		{"h://h/{each.id}", "h://h/a1", "h://h/a1", "h://h/a1"},
		{"h://h/{each.name}", "h://h/Tower / north", "h://h/Tower _ north~cba94c49", "h://h/Tower%20%2F%20north"},
		{"h://h/{each.plain}", "h://h/Größe 3", "h://h/Größe 3", "h://h/Gr%C3%B6%C3%9Fe%203"},
		{"h://h?{each.count}{each.exact}{each.big}{each.half}{each.good}", "h://h?31.1070.5true", "h://h?31.1070.5true", "h://h?31.1070.5true"},
		{"h://h/{each.a.b.c}", "h://h/deep", "h://h/deep", "h://h/deep"},
	} {
		template := parsed(t, c.template)
		if template.Text() != c.template || template.IsZero() != (c.template == "") {
			t.Errorf("%s: text %s, zero %v", c.template, template.Text(), template.IsZero())
		}
		for target, want := range map[placeholder.Target]string{
			placeholder.Variable: c.variable, placeholder.Path: c.path, placeholder.Address: c.address,
		} {
			if got, err := template.Expand(v, target); err != nil || got != want {
				t.Errorf("%s for %d: got %q, %v, want %q", c.template, target, got, err, want)
			}
		}
	}
}

func TestExpandTimes(t *testing.T) {
	t.Parallel()
	v := values(t)
	v.Zone = nil
	v.Tick = v.Tick.Add(120 * time.Millisecond)
	v.LastSuccess = time.Date(2026, 3, 1, 3, 30, 0, 0, time.FixedZone("", 3600))
	const template = "{tick} {date} {time} {last_success:2020-01-01T00:00:00Z} {last_success}"
	for target, want := range map[placeholder.Target]string{
		placeholder.Variable: "2026-03-02T02:30:05.12Z 2026-03-02 023005 2026-03-01T02:30:00Z 2026-03-01T02:30:00Z",
		placeholder.Path:     "20260302T023005.120000Z 2026-03-02 023005 20260301T023000Z 20260301T023000Z",
	} {
		if got, err := parsed(t, template).Expand(v, target); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestExpandSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	v := values(t)
	for template, want := range map[string]string{
		"{last_success}": "{last_success}: the job has not succeeded yet: add a default, as in {last_success:2020-01-01T00:00:00Z}",
		"{each.none}":    "{each.none}: none of the for_each record is null, not text, a number or a boolean",
		"{each.list}":    "{each.list}: list of the for_each record is a list, not text, a number or a boolean",
		"{each.a}":       "{each.a}: a of the for_each record is an object, not text, a number or a boolean",
		"{each.nan}":     "{each.nan}: nan of the for_each record is no finite number, not text, a number or a boolean",
		"{each.a.x}":     "{each.a.x}: the for_each record has no field a.x, only b",
		"{each.id.x}":    "{each.id.x}: id of the for_each record is text, which has no fields",
		"{each.none.x}":  "{each.none.x}: none of the for_each record is null, which has no fields",
		"{each.nope}":    "{each.nope}: the for_each record has no field nope, only a, big, count, exact, good, half, id, list, …",
	} {
		for _, target := range []placeholder.Target{placeholder.Variable, placeholder.Path, placeholder.Address} {
			if got, err := parsed(t, template).Expand(v, target); err == nil || err.Error() != want || got != "" {
				t.Errorf("%s: got %q, %v\nwant %s", template, got, err, want)
			}
		}
	}
	for template, each := range map[string]map[string]any{
		"{each.id}: the job has no for_each":                          nil,
		"{each.id}: the for_each record has no field id: it is empty": {},
	} {
		v.Each = each
		if _, err := parsed(t, "{each.id}").Expand(v, placeholder.Variable); err == nil || err.Error() != template {
			t.Errorf("got %v, want %s", err, template)
		}
	}
}

// A record must not choose the server that gets a delivery.
func TestExpandKeepsRecordsOutOfTheHost(t *testing.T) {
	t.Parallel()
	v := values(t)
	for _, template := range []string{"{each.id}", "{each.id}://h/", "https://{each.id}/x", "https://h.{each.id}:1/",
		"https://u:{each.id}@h/"} {
		const want = "{each.id}: a record's value can't be in the host of an address"
		if got, err := parsed(t, template).Expand(v, placeholder.Address); err == nil || err.Error() != want {
			t.Errorf("%s: got %s, %v", template, got, err)
		}
	}
	for _, template := range []string{"https://h/{each.id}", "https://h?x={each.id}", "https://{job}.h/"} {
		if _, err := parsed(t, template).Expand(v, placeholder.Address); err != nil {
			t.Errorf("%s: %v", template, err)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const (
		braces = "write {{ and }} for braces that are meant as such"
		known  = "known are {job}, {tick}, {date}, {time}, {year}, {month}, {day}, {offset}, {run}, {last_success}, {version}, " +
			"{version.model} and {each.NAME}"
	)
	type problems = []placeholder.Problem
	for template, want := range map[string]problems{
		"é}":         {{2, "} without {", braces}},
		"é{job":      {{2, "{ without }", braces}},
		"{job{date}": {{1, "{ without }", braces}},
		"{":          {{1, "{ without }", braces}},
		"{{job}":     {{6, "} without {", braces}},
		"{}":         {{1, "unknown placeholder {}", braces}},
		`{"a": 1}`:   {{1, `unknown placeholder {"a": 1}`, braces}},
		"{dat}/{jobs}": {{1, "unknown placeholder {dat}", "did you mean {date}?"},
			{7, "unknown placeholder {jobs}", "did you mean {job}?"}},
		"{ job }":          {{1, "unknown placeholder { job }", "did you mean {job}?"}},
		"{JOB}":            {{1, "unknown placeholder {JOB}", "did you mean {job}?"}},
		"{last-success}":   {{1, "unknown placeholder {last-success}", "did you mean {last_success}?"}},
		"{timestamp}":      {{1, "unknown placeholder {timestamp}", "did you mean {tick}?"}},
		"{name}":           {{1, "unknown placeholder {name}", "did you mean {job}?"}},
		"{HOME_DIRECTORY}": {{1, "unknown placeholder {HOME_DIRECTORY}", known}},
		"{eahc.name}":      {{1, "unknown placeholder {eahc.name}", "did you mean {each.name}?"}},
		"{eech.Name}":      {{1, "unknown placeholder {eech.Name}", "did you mean {each.Name}?"}},
		"{each}":           {{1, "{each} names no field", "write {each.NAME}, a field of the for_each record"}},
		"{each.}":          {{1, "{each.} names no field", "write {each.NAME}, or {each.NAME.NAME} for a field in a field"}},
		"{each.a..b}":      {{1, "{each.a..b} names no field", "write {each.NAME}, or {each.NAME.NAME} for a field in a field"}},
		"{date:2020}":      {{1, "{date} takes no default", "only {last_success:…} has one"}},
		"{each.id:1}":      {{1, "{each.id} takes no default", "only {last_success:…} has one"}},
		"{last_success:}": {{1, `the default "" of {last_success} is no RFC 3339 time`,
			"write it as in {last_success:2020-01-01T00:00:00Z}"}},
		"{last_success:x}": {{1, `the default "x" of {last_success} is no RFC 3339 time`,
			"write it as in {last_success:2020-01-01T00:00:00Z}"}},
		"{last_success:2020-01-01}": {{1, `the default "2020-01-01" of {last_success} is no RFC 3339 time`,
			"add a time: {last_success:2020-01-01T00:00:00Z}"}},
		"{" + strings.Repeat("x", 50) + "}": {{1, "unknown placeholder {" + strings.Repeat("x", 40) + "…}", known}},
	} {
		got, problems := placeholder.Parse(template)
		if !slices.Equal(problems, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", template, problems, want)
		}
		if got.Text() != template || got.Names() != nil {
			t.Errorf("%s: got %+v", template, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		template, names string
		perRun          bool
	}{
		{"plain {{job}}", "", false},
		{"{job}/{each.a.b}/{job}", "job each.a.b", false},
		{"{each.id}", "each.id", false},
		{"{job}-{date}", "job date", true},
		{"{last_success:2020-01-01T00:00:00Z}", "last_success", true},
		{"{run}", "run", true}, {"{tick}", "tick", true}, {"{time}", "time", true},
		{"{year}", "year", true}, {"{month}", "month", true}, {"{day}", "day", true}, {"{offset}", "offset", false},
	} {
		template := parsed(t, c.template)
		if got := strings.Join(template.Names(), " "); got != c.names || template.PerRun() != c.perRun {
			t.Errorf("%s: names %s, per run %v", c.template, got, template.PerRun())
		}
	}
	template := parsed(t, "{job} {each.a.b} {last_success:2020-01-01T00:00:00Z}")
	for name, want := range map[string]bool{
		"job": true, "each": true, "each.a.b": true, "each.a": false, "last_success": true, "date": false, "": false, "b": false,
	} {
		if template.Uses(name) != want {
			t.Errorf("uses %q: %v", name, !want)
		}
	}
	if (placeholder.Template{}).PerRun() || !(placeholder.Template{}).IsZero() {
		t.Error("the zero template is none")
	}
}

func TestPlaceholdersOfOtherPrograms(t *testing.T) {
	for text, want := range map[string]string{
		"exports/${date}.csv":                  "9 ${date} {date}",
		"exports/$date/$TIME.csv":              "9 $date {date}; 15 $TIME {time}",
		"é/{{date}}/{{ $job }}.csv":            "3 {{date}} {date}; 12 {{ $job }} {job}",
		"%Y-%m-%d.csv":                         "1 %Y-%m-%d {date}",
		"%Y/%m/%d-%H%M%S.csv":                  "1 %Y {year}; 4 %m {month}; 7 %d {day}; 10 %H%M%S {time}",
		"%F.csv":                               "1 %F {date}",
		"<date>-%DATE%.csv":                    "1 <date> {date}; 8 %DATE% {date}",
		"${each.Name}.csv ${VERSION.model}":    "1 ${each.Name} {each.Name}; 18 ${VERSION.model} {version.model}",
		"${LAST_SUCCESS:2020-01-01T00:00:00Z}": "1 ${LAST_SUCCESS:2020-01-01T00:00:00Z} {last_success:2020-01-01T00:00:00Z}",
		"{date}/{{{date}}}/{{x}}.csv":          "",
		"100%Fire 50%Total.csv":                "",
		"100%day $days <b> a%20b%da %M.csv":    "",
		"{job}-{last_success}":                 "",
	} {
		var got []string
		for _, one := range placeholder.FindOtherwise(text) {
			got = append(got, fmt.Sprintf("%d %s %s", one.Col, one.Written, one.Meant))
		}
		if joined := strings.Join(got, "; "); joined != want {
			t.Errorf("%s: %s, want %s", text, joined, want)
		}
	}
}
