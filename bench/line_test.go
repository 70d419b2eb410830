package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func took(all ...float64) []sample {
	var out []sample
	for _, s := range all {
		out = append(out, sample{Seconds: s, CPU: s / 2, MB: s * 10})
	}
	return out
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := seconds(took(c.in...)).Value; got != c.want {
			t.Errorf("median of %v is %v, want %v", c.in, got, c.want)
		}
	}
}

func TestTargets(t *testing.T) {
	ours, theirs, none := seconds(took(2)), seconds(took(1)), seconds(nil)
	yes, no := new(true), new(false)
	for name, c := range map[string]struct {
		line line
		want *bool
	}{
		"ratio reached":     {compare("", ours, "", theirs).ratioAtMost(2, "≤ 2 ×"), yes},
		"ratio missed":      {compare("", ours, "", theirs).ratioAtMost(1.9, "≤ 1.9 ×"), no},
		"ratio to nobody":   {compare("", ours, "", none).ratioAtMost(2, "≤ 2 ×"), nil},
		"value reached":     {compare("", ours, "", none).valueAtMost(2), yes},
		"value missed":      {compare("", ours, "", none).valueAtMost(1), no},
		"value not known":   {compare("", none, "", theirs).valueAtMost(2), nil},
		"difference":        {compare("", ours, "", theirs).aboveAtMost(1), yes},
		"difference missed": {compare("", ours, "", theirs).aboveAtMost(0.9), no},
		"no target":         {compare("", ours, "", theirs), nil},
	} {
		got := c.line.Reached
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v", name, c.line)
		}
	}
}

func TestReport(t *testing.T) {
	r := report{
		Machine: []fact{{"go", "go1.26"}}, Scale: 0.5,
		Lines: []line{
			compare("time", seconds(took(2, 3, 1)), "curl", seconds(took(4))).ratioAtMost(1, "ahead"),
			{What: "time", Rival: "jq", Note: "jq is not installed"},
		},
	}
	var table, object bytes.Buffer
	if err := r.table(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"go1.26", "0.5 of the full size", "2 s (cpu 1)", "4 s (cpu 2)", "0.5", "ahead", "reached",
		"jq is not installed"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
	if err := r.json(&object); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(object.Bytes(), &back); err != nil || len(back.Lines) != 2 || back.Lines[0].Ratio != 0.5 ||
		len(back.Lines[0].Ours.Samples) != 3 {
		t.Errorf("%v\n%s", err, object.Bytes())
	}
}

func TestChooseRows(t *testing.T) {
	if all, err := chooseRows(""); err != nil || len(all) != len(rows()) {
		t.Errorf("%d rows, %v", len(all), err)
	}
	if some, err := chooseRows("small, ndjson"); err != nil || len(some) != 2 || some[0].name != "small" {
		t.Errorf("%v, %v", some, err)
	}
	if _, err := chooseRows("smal"); err == nil || !strings.Contains(err.Error(), "small") {
		t.Errorf("an unknown row: %v", err)
	}
}
