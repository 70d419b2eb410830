package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"speckle-runner/internal/demo/history"
)

// The demo's made-up past grows up to what its jobs read today: else its plots
// would jump at their end.
func TestTheDemosPastFitsItsPresent(t *testing.T) {
	var out, errs bytes.Buffer
	if code := execute(t.Context(), []string{"demo", "--output-dir", t.TempDir()}, streams{out: &out, err: &errs}); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	read := regexp.MustCompile(`(?m)^([a-z0-9-]+): .*\n(?:  (?:when|token) .*\n)*  read   ([0-9,]+) records?`).FindAllStringSubmatch(out.String(), -1)
	if len(read) < 10 {
		t.Fatalf("%d jobs:\n%s", len(read), out.String())
	}
	for _, job := range read {
		if got := strconv.FormatInt(history.Today(job[1]), 10); got != strings.ReplaceAll(job[2], ",", "") {
			t.Errorf("%s reads %s records, its past ends at %s", job[1], job[2], got)
		}
	}
}
