package jq_test

import (
	"testing"
	"time"

	"speckle-runner/internal/jobs/jq"
)

func zoned(t *testing.T, name string) jq.Vars {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return jq.Vars{Zone: zone}
}

// TestLocalTimes holds that local times are the job's: the program knows its
// zone from the run, also where jobs of two zones share it.
func TestLocalTimes(t *testing.T) {
	t.Parallel()
	const stamp = `strflocaltime("%F %T %Z %z")`
	for _, c := range []struct{ zone, program, want string }{
		{"Europe/Berlin", "1772418600 | " + stamp, `"2026-03-02 03:30:00 CET +0100"`},
		{"America/New_York", "1772418600 | " + stamp, `"2026-03-01 21:30:00 EST -0500"`},
		{"Asia/Kathmandu", "1772418600.5 | localtime", "[2026,2,2,8,15,0.5,1,60]"},
		{"Europe/Berlin", "1792888200, 1792891800 | " + stamp, `"2026-10-25 02:30:00 CEST +0200" "2026-10-25 02:30:00 CET +0100"`},
		{"Europe/Berlin", "1792888200, 1792891800 | localtime[3:5]", "[2,30] [2,30]"},
		{"Europe/Berlin", "1792888200, 1792891800 | localtime | " + stamp, `"2026-10-25 02:30:00 CEST +0200" "2026-10-25 02:30:00 CEST +0200"`},
		{"America/New_York", "1793511000, 1793514600 | localtime | " + stamp, `"2026-11-01 01:30:00 EDT -0400" "2026-11-01 01:30:00 EDT -0400"`},
		{"Europe/Berlin", "1792895400 | localtime | " + stamp, `"2026-10-25 03:30:00 CET +0100"`},
		{"Europe/Berlin", "[2026,2,29,2,30,0,0,0] | " + stamp, `"2026-03-29 03:30:00 CEST +0200"`},
		{"Europe/Berlin", `1772418600 | strflocaltime("%H", "%M")`, `"03" "30"`},
		{"Europe/Berlin", `[0, 1792888200] | map(` + stamp + `)`, `["1970-01-01 01:00:00 CET +0100","2026-10-25 02:30:00 CEST +0200"]`},
		{"Europe/Berlin", `$tick // 1772418600 | gmtime, strftime("%H %Z"), (gmtime | mktime)`, `[2026,2,2,2,30,0,1,60] "02 UTC" 1772418600`},
		{"Europe/Berlin", `def localtime: "mine"; def strflocaltime($f): $f; localtime, strflocaltime("x")`, `"mine" "x"`},
		{"Europe/Berlin", `try ("x" | localtime) catch .`, `"localtime cannot be applied to: string (\"x\")"`},
	} {
		if got, err := results(t, c.program, "null", zoned(t, c.zone)); got != c.want || err != nil {
			t.Errorf("%s: %s: got %s, %v\nwant %s", c.zone, c.program, got, err, c.want)
		}
	}
	if got, err := results(t, "1772418600 | "+stamp, "null", jq.Vars{}); got != `"2026-03-02 02:30:00 UTC +0000"` || err != nil {
		t.Errorf("without a zone: %s, %v", got, err)
	}
	shared := compiled(t, `strflocaltime("%H")`)
	for zone, want := range map[string]any{"Europe/Berlin": "03", "Asia/Tokyo": "11", "Europe/London": "02"} {
		for got, err := range shared.Run(t.Context(), 1772418600, zoned(t, zone)) {
			if got != want || err != nil {
				t.Errorf("%s: %v, %v", zone, got, err)
			}
		}
	}
}

// TestLocalTimesSayWhatWentWrong holds the names of functions in errors, which
// are what stands in the program.
func TestLocalTimesSayWhatWentWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ program, want string }{
		{"localtime", "localtime cannot be applied to: null"},
		{`"x" | localtime`, `localtime cannot be applied to: string ("x")`},
		{`1e300 | localtime`, `localtime cannot be applied to 1e+300: number of seconds is out of range`},
		{`"x" | strflocaltime("%Y")`, `strflocaltime("%Y") cannot be applied to: string ("x")`},
		{`1 | strflocaltime(2)`, `strflocaltime(2) cannot be applied to: number (1)`},
		{`["x"] | strflocaltime("%Y")`, `strflocaltime("%Y") cannot be applied to ["x"]: expected an array of 8 numbers`},
		{`[1e300] | strflocaltime("%Y")`, `strflocaltime("%Y") cannot be applied to [1e+300]: number is out of range`},
	} {
		if _, err := results(t, c.program, "null", zoned(t, "Europe/Berlin")); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.program, err, c.want)
		}
	}
	if _, problem := jq.Compile("localtime(1)"); problem == nil || problem.Hint != "localtime takes no arguments" {
		t.Errorf("%+v", problem)
	}
	if _, problem := jq.Compile("locatime"); problem == nil || problem.Hint != "did you mean localtime?" {
		t.Errorf("%+v", problem)
	}
}
