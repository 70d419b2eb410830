package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// flat is a soak in which nothing grows after the warm-up, with as much noise as a real
// one has.
func flat() (seen []sample) {
	for i := range samples {
		up := min(1, float64(i)/(samples*warmUp))
		wave := math.Sin(float64(i) * 1.7)
		seen = append(seen, sample{Runs: float64(i+1) * 400, Resident: 60 + 40*up + 4*wave, Heap: 10 + 4*up + 3*wave, Goroutines: 90 + 12*wave,
			Descriptors: 40 + 3*wave, Ledger: 5 + 25*up, Files: 200 + 200*up + 5*wave})
	}
	return seen
}

func grew(seen []sample) (names []string) {
	for _, v := range judge(seen) {
		if v.Grew {
			names = append(names, v.name)
		}
	}
	return names
}

// TestALeakIsFound: one of each measure, small beside its level and its noise.
func TestALeakIsFound(t *testing.T) {
	t.Parallel()
	if names := grew(flat()); names != nil {
		t.Errorf("nothing grew, but it says %q", names)
	}
	for name, leak := range map[string]func(s *sample, share float64){
		"resident memory": func(s *sample, share float64) { s.Resident += 12 * share },
		"heap":            func(s *sample, share float64) { s.Heap += 4 * share },
		"goroutines":      func(s *sample, share float64) { s.Goroutines += 10 * share },
		"descriptors":     func(s *sample, share float64) { s.Descriptors += 8 * share },
		"ledger":          func(s *sample, share float64) { s.Ledger += 3 * share },
		"files":           func(s *sample, share float64) { s.Files += 40 * share },
	} {
		seen := flat()
		for i := range seen {
			leak(&seen[i], float64(i)/samples)
		}
		if names := strings.Join(grew(seen), ", "); names != name {
			t.Errorf("a leak of %s is told as one of %q", name, names)
		}
		seen = flat()
		for i := range seen[samples/2:] { // once, and for good
			leak(&seen[samples/2+i], 1)
		}
		if names := strings.Join(grew(seen), ", "); names != name {
			t.Errorf("a step of %s is told as one of %q", name, names)
		}
	}
}

// TestWhatIsReadFromOutside: the process's own words, and the kernel's.
func TestWhatIsReadFromOutside(t *testing.T) {
	t.Parallel()
	s := ofMetrics("# HELP go_goroutines n\ngo_goroutines 42\ngo_memstats_heap_inuse_bytes 1.5e+06\n" +
		"runner_runs_total{job=\"a\",state=\"succeeded\"} 3\nrunner_runs_total{job=\"a\",state=\"failed\"} 2\n" +
		"runner_runs_total{job=\"a\",state=\"skipped\"} 9\n")
	if want := (sample{Runs: 5, Heap: 1.5, Goroutines: 42}); s != want {
		t.Errorf("read %+v, want %+v", s, want)
	}
	if n, err := residentOf("Name:\trunner\nVmRSS:\t    1000 kB\n"); n != 1.024 || err != nil {
		t.Errorf("resident is %v, %v", n, err)
	}
	if _, err := residentOf("Name:\trunner\n"); err == nil {
		t.Error("no line is a size")
	}
}

// TestThePictureIsWellFormed and has a line for each measure.
func TestThePictureIsWellFormed(t *testing.T) {
	t.Parallel()
	lines := 0
	for d := xml.NewDecoder(strings.NewReader(string(draw(flat())))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != len(measures) {
		t.Errorf("%d lines, want %d", lines, len(measures))
	}
}
