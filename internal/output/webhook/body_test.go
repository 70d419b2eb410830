package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/webhook"
)

var tick = time.Date(2026, 3, 2, 3, 30, 0, 0, time.FixedZone("CET", 3600))

func info(count int) webhook.Info {
	return webhook.Info{Job: "night \"ly\"\u2028", Run: "run-1", Tick: tick, Count: int64(count)}
}

func TestBatches(t *testing.T) {
	for name, c := range map[string]struct {
		records, size int
		want          []int // records of each message
	}{
		"none is one message": {0, 3, []int{0}},
		"one":                 {1, 3, []int{1}},
		"full":                {3, 3, []int{3}},
		"one more":            {4, 3, []int{3, 1}},
		"several":             {9, 3, []int{3, 3, 3}},
		"the default":         {1201, 0, []int{500, 500, 201}},
	} {
		t.Run(name, func(t *testing.T) {
			lines := outputtest.Many(c.records)
			var sizes []int
			var records []string
			for body, err := range webhook.Batches(t.Context(), outputtest.NDJSON(lines...), info(c.records), c.size) {
				if err != nil {
					t.Fatal(err)
				}
				var m outputtest.Sent
				dec := json.NewDecoder(strings.NewReader(string(body)))
				dec.DisallowUnknownFields()
				if err := dec.Decode(&m); err != nil {
					t.Fatalf("%v: %.200s", err, body)
				}
				sizes = append(sizes, len(m.Records))
				for _, r := range m.Records {
					records = append(records, string(r))
				}
				if m.Job != "night \"ly\"\u2028" || m.Run != "run-1" || m.Tick != "2026-03-02T02:30:00Z" || m.Count != c.records ||
					m.Batch != len(sizes) || m.Batches != len(c.want) || m.Records == nil {
					t.Errorf("%.200s", body)
				}
			}
			if !slices.Equal(sizes, c.want) || !slices.Equal(records, lines) {
				t.Errorf("batches of %v, want %v; %d records of %d", sizes, c.want, len(records), len(lines))
			}
		})
	}
}

// TestBatchesKeepBytes holds that numbers and texts go out as they came, and
// that each message is its own memory.
func TestBatchesKeepBytes(t *testing.T) {
	lines := []string{`{"n":1.10,"big":12345678901234567890123,"s":"\u00e9<&>"}`, `"text"`, `null`}
	var bodies []string
	var kept [][]byte
	for body, err := range webhook.Batches(t.Context(), outputtest.NDJSON(lines...), info(3), 1) {
		if err != nil {
			t.Fatal(err)
		}
		bodies, kept = append(bodies, string(body)), append(kept, body)
	}
	for i, line := range lines {
		if !strings.HasSuffix(bodies[i], `"records":[`+line+`]}`) || string(kept[i]) != bodies[i] {
			t.Errorf("%s became %s", line, kept[i])
		}
	}
}

// TestBatchesAreBounded splits what would be too large for a receiver; one
// record alone goes out whatever its size.
func TestBatchesAreBounded(t *testing.T) {
	large := `"` + strings.Repeat("x", 98) + `"` // 100 bytes, 101 with its end
	for _, c := range []struct {
		lines []string
		want  []int
	}{
		{[]string{large, large, large}, []int{2, 1}},
		{[]string{"1", strings.Repeat("9", 300), "2"}, []int{1, 1, 1}},
		{[]string{strings.Repeat("9", 500)}, []int{1}},
	} {
		plan, err := webhook.PlanBatches(outputtest.NDJSON(c.lines...), 10, 202)
		if err != nil || !slices.Equal(plan, c.want) {
			t.Errorf("%v, %v, want %v", plan, err, c.want)
		}
	}
}

func TestBatchesStop(t *testing.T) {
	broken := errors.New("spool is gone")
	opened := 0
	second := record.Records{Count: 2, Open: func() (io.ReadCloser, error) {
		if opened++; opened > 1 {
			return nil, broken
		}
		return io.NopCloser(strings.NewReader("1\n2\n")), nil
	}}
	cut := outputtest.NDJSON("1", "2")
	cut.Count = 3
	for name, r := range map[string]record.Records{
		"unreadable":       {Open: func() (io.ReadCloser, error) { return nil, broken }},
		"gone in between":  second,
		"fewer than known": cut,
	} {
		var last error
		for body, err := range webhook.Batches(t.Context(), r, info(2), 1) {
			if err == nil {
				t.Errorf("%s: sends %s", name, body)
			}
			last = err
		}
		if last == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for range webhook.Batches(t.Context(), outputtest.NDJSON("1", "2", "3"), info(3), 1) {
		break // an early end is no error
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	for body, err := range webhook.Batches(ctx, outputtest.NDJSON("1", "2"), info(2), 1) {
		if !errors.Is(err, broken) {
			t.Errorf("a run that was ended reads on: %s, %v", body, err)
		}
	}
}

func TestSummary(t *testing.T) {
	want := fmt.Sprintf(`{"job":%s,"run":"run-1","tick":"2026-03-02T02:30:00Z","count":7,"batch":1,"batches":1}`, `"night \"ly\"`+"\u2028"+`"`)
	if got := string(webhook.Summary(info(7))); got != want || !json.Valid([]byte(got)) {
		t.Errorf("%s, want %s", got, want)
	}
}
