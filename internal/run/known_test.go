package run_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// Ways to read the tower's versions by the mark.
const (
	versionsBy = `    query: |
      query Versions($id: String!, $limit: Int!, $cursor: String) {
        project(id: $id) { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: createdAt message } } }
      }
    variables: { id: $TOWER }
    outputs: [{ file: told.ndjson }]
`
	activityBy = `    query: |
      query Activity($id: String!, $cursor: DateTime, $since: DateTime) {
        stream(id: $id) { activity(limit: 100, cursor: $cursor, after: $since) { totalCount cursor items { id at: time } } }
      }
    variables: { id: $TOWER, since: "{last_success:2000-01-01T00:00:00Z}" }
    outputs: [{ file: told.ndjson }]
`
	untilMark  = "    until: .at < $last_success\n"
	selectMark = "    select: select(.at >= ($last_success // \"\"))\n"
)

type toldRow struct {
	ID      string
	At      time.Time
	Message *string
}

// tell runs a job whose last good run was at a time and gave known; it gives
// the records that it told.
func (b *rig) tell(job *jobs.Job, mark time.Time, known []byte, change ...func(*run.Request)) ([]toldRow, []byte) {
	b.t.Helper()
	result := b.attempt(job, 1, append([]func(*run.Request){func(r *run.Request) { r.Last.Success, r.Last.Known = mark, known }},
		change...)...)
	if result.State != run.Succeeded {
		b.t.Fatal(result.Error)
	}
	var rows []toldRow
	for line := range strings.Lines(b.read("told.ndjson")) {
		var one toldRow
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, one)
	}
	if int64(len(rows)) != result.Records {
		b.t.Errorf("%d rows, %d records", len(rows), result.Records)
	}
	return rows, result.Known
}

// rename changes a version, and not its time.
func (b *rig) rename(id, message string) {
	b.t.Helper()
	result := b.attempt(b.job(`    mutation: true
    query: 'mutation Tell($v: ID!, $m: String!) { versionMutations { update(input: { projectId: "$TOWER", versionId: $v, message: $m }) { id } } }'
    variables: { v: "`+id+`", m: "`+message+`" }
    outputs: [{ file: renamed.json }]
`), 1)
	if result.State != run.Succeeded {
		b.t.Fatal(result.Error)
	}
}

// TestALateRecordIsToldOnce: one that appears when the run is over, with an
// earlier time, is in the next one, whichever way the job goes by the mark; and
// no other is, but one that has changed.
func TestALateRecordIsToldOnce(t *testing.T) {
	for name, c := range map[string]struct {
		keys   string
		change bool // what is read shows a change
	}{
		"until":                   {versionsBy + untilMark, true},
		"until, on small pages":   {strings.Replace(versionsBy, "id: $TOWER", "id: $TOWER, limit: 7", 1) + untilMark, true},
		"until, and select":       {versionsBy + untilMark + "    select: '{id, at, message}'\n", true},
		"until, and select $data": {versionsBy + untilMark + "    select: '$data.project.versions.totalCount as $n | {id, at, message}'\n", true},
		"select":                  {versionsBy + selectMark, true},
		"select, with $data":      {versionsBy + "    select: '$data as $d | select(.at >= ($last_success // \"\"))'\n", true},
		"a variable":              {activityBy, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			job := b.job(c.keys)
			all, _ := b.tell(job, time.Time{}, nil)
			late := all[0]
			mark := late.At.Add(2 * time.Minute)

			b.server.SetFaults(fake.Fault{Kind: fake.Late})
			first, known := b.tell(job, time.Time{}, nil)
			if len(first) != len(all)-1 || first[0].ID == late.ID {
				t.Fatalf("%d of %d", len(first), len(all))
			}
			b.server.SetFaults()
			expect := func(what string, got []toldRow, want ...string) {
				t.Helper()
				var ids []string
				for _, one := range got {
					ids = append(ids, one.ID)
				}
				if !slices.Equal(ids, want) {
					t.Errorf("%s: %v, want %v", what, ids, want)
				}
			}
			second, after := b.tell(job, mark, known)
			expect("the next run", second, late.ID)
			third, afterThat := b.tell(job, mark.Add(time.Minute), after)
			expect("the one after it", third)
			fourth, _ := b.tell(job, mark.Add(2*time.Minute), afterThat)
			expect("and after that", fourth)

			// The same run again tells the same.
			again, _ := b.tell(job, mark, known)
			expect("the next run again", again, late.ID)

			// Without what the run at the mark said, the mark is that run itself;
			// so it is where lookback is off.
			unknown, _ := b.tell(job, mark, nil)
			expect("a run of which nothing is known", unknown)
			damaged, _ := b.tell(job, mark, []byte{7, 7})
			expect("a run of which nothing can be read", damaged)
			off, said := b.tell(b.job(c.keys+"    lookback: 0\n"), mark, known)
			if expect("lookback: 0", off); said != nil {
				t.Errorf("it keeps %d bytes", len(said))
			}
			if c.change {
				b.rename(late.ID, "told anew")
				changed, _ := b.tell(job, mark.Add(time.Minute), after)
				if expect("changed", changed, late.ID); len(changed) == 1 && *changed[0].Message != "told anew" {
					t.Error(*changed[0].Message)
				}
			}
		})
	}
}

// TestWhatComesMeanwhileIsToldOnce: a record newer than the run that told it is
// known to the next one, though its time is behind the mark.
func TestWhatComesMeanwhileIsToldOnce(t *testing.T) {
	b := newRig(t)
	job := b.job(versionsBy + untilMark)
	all, known := b.tell(job, time.Time{}, nil)
	if rows, _ := b.tell(job, all[3].At, known); len(rows) != 0 {
		t.Errorf("%v are told twice", rows)
	}
}

// TestWhatSelectDropsIsNotKnown: it may be for the next run.
func TestWhatSelectDropsIsNotKnown(t *testing.T) {
	b := newRig(t)
	job := b.job(versionsBy + untilMark + "    select: select(.at < $tick)\n")
	all, _ := b.tell(job, time.Time{}, nil)
	at := all[0].At.Add(-time.Millisecond)
	early := func(r *run.Request) { r.Tick = at }
	first, known := b.tell(job, time.Time{}, nil, early)
	if len(first) != len(all)-1 {
		t.Fatalf("%d of %d", len(first), len(all))
	}
	if next, _ := b.tell(job, at, known); len(next) != 1 || next[0].ID != all[0].ID {
		t.Errorf("told: %v", next)
	}
}

// TestAMarkThatIsOnlyWritten: a select that gives every record whatever the
// mark is gives it every time, and writes the last good run itself.
func TestAMarkThatIsOnlyWritten(t *testing.T) {
	b := newRig(t)
	job := b.job(versionsBy + "    select: '{id, at, message: $last_success}'\n")
	all, known := b.tell(job, time.Time{}, nil)
	rows, _ := b.tell(job, today, known)
	if len(rows) != len(all) || *rows[0].Message != "2026-03-02T02:31:00.000Z" {
		t.Errorf("%d of %d, %v", len(rows), len(all), rows[0].Message)
	}
}

// TestALateRecordOfAnItem is told once, also by a run whose attempts share the
// items.
func TestALateRecordOfAnItem(t *testing.T) {
	b := newRig(t)
	b.server.SetFaults(fake.Fault{Kind: fake.Late})
	job := b.job(strings.Replace(versionsBy, "variables: { id: $TOWER }", `for_each:
      query: "query Items { activeUser { id } }"
      select: 'range(1; 4) | {id: "$TOWER", limit: (. + 90), name: "\(.) \($tick)"}'
      concurrency: 1
      batch: 1`, 1) + untilMark)
	b.server.SetFaults(fake.Fault{Kind: fake.Late}, fake.Fault{Kind: fake.DataNull, Operation: "Versions", After: 14})
	if first := b.attempt(job, 1); first.State != run.Failed || first.Known != nil {
		t.Fatalf("%+v", first)
	}
	b.server.SetFaults(fake.Fault{Kind: fake.Late})
	second := b.attempt(job, 2)
	if second.State != run.Succeeded || second.Records%3 != 0 || !strings.Contains(b.log.String(), "taken over from an earlier attempt") {
		t.Fatalf("%s %s %d", second.State, second.Error, second.Records)
	}
	b.server.SetFaults()
	other := func(r *run.Request) { r.Run = "another@20260302T023000Z" }
	all, _ := b.tell(b.job(versionsBy), time.Time{}, nil, other)
	later := func(r *run.Request) { r.Run, r.Tick = "one@20260303T023000Z", tick.AddDate(0, 0, 1) }
	rows, known := b.tell(job, all[0].At.Add(time.Minute), second.Known, later)
	if len(rows) != 3 || rows[0].ID != all[0].ID || rows[2].ID != all[0].ID {
		t.Errorf("told: %v", rows)
	}
	if rows, _ := b.tell(job, all[0].At.Add(time.Minute), known, later); len(rows) != 0 {
		t.Errorf("told twice: %v", rows)
	}
}

// TestItemsByTheMark: an item that was told isn't asked again, one that is late
// is, and all are where the main query goes by the mark, too.
func TestItemsByTheMark(t *testing.T) {
	items := `    for_each:
      query: |
        query Models($limit: Int!, $cursor: String) {
          project(id: "$TOWER") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id model: id updatedAt } } }
        }
      until: .updatedAt < $last_success
    query: 'query One($model: String!, $limit: Int!, $cursor: String) { project(id: "$TOWER") { model(id: $model) { versions(limit: $limit, cursor: $cursor) { totalCount cursor items { id at: createdAt } } } } }'
    outputs: [{ file: told.ndjson }]
`
	b := newRig(t)
	newest := b.job(strings.Replace(news, "news.ndjson", "told.ndjson", 1) + "    select: '{id, at: .updatedAt}'\n")
	models, _ := b.tell(newest, time.Time{}, nil)
	job, mark := b.job(items), models[0].At.Add(time.Minute)
	b.server.SetFaults(fake.Fault{Kind: fake.Late, Operation: "Models"})
	_, known := b.tell(job, time.Time{}, nil)
	b.server.SetFaults()
	_, after := b.tell(job, mark, known)
	asked := func() string { return strings.Join(slices.Compact(strings.Fields(b.asked("One", "model"))), " ") }
	if got := asked(); got != models[0].ID {
		t.Errorf("asked for %s, want %s", got, models[0].ID)
	}
	if b.tell(job, mark, after); asked() != "" {
		t.Errorf("asked again for %s", asked())
	}

	both := b.job(items + untilMark)
	_, known = b.tell(both, time.Time{}, nil)
	rows, _ := b.tell(both, mark, known)
	if asked() != models[0].ID || len(rows) != 0 {
		t.Errorf("asked for %s, and told %v", asked(), rows)
	}
}

// TestAClockThatIsOff is told once, whatever becomes of the run.
func TestAClockThatIsOff(t *testing.T) {
	b := newRig(t)
	for name, c := range map[string]struct {
		faults []fake.Fault
		keys   string
		want   string
	}{
		"ahead": {[]fake.Fault{{Kind: fake.ClockOff, Wait: 10 * time.Minute}}, versionsBy,
			"ahead of this machine's, by the Date of its answers"},
		"behind": {[]fake.Fault{{Kind: fake.ClockOff, Wait: -time.Hour}}, versionsBy + untilMark,
			"behind this machine's, by the Date of its answers: that is more than lookback, 5m, so last_success leaves out what is new"},
		"on a failed run": {[]fake.Fault{{Kind: fake.ClockOff, Wait: -time.Hour}, {Kind: fake.DataNull}}, versionsBy,
			"behind this machine's, by the Date of its answers"},
		"on one page only": {[]fake.Fault{{Kind: fake.ClockOff, Wait: -time.Hour, Page: 2}}, versionsBy, ""},
	} {
		b.server.SetFaults(c.faults...)
		got := fmt.Sprint(b.attempt(b.job(c.keys), 1).Warnings)
		if c.want == "" && got != "[]" || strings.Count(got, "the server's clock is ") > 1 || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
