package run_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// news reads the tower's models down to the mark.
const news = `    query: |
      query Models($id: String!, $limit: Int!, $cursor: String) {
        project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id updatedAt } } }
      }
    variables: { id: $TOWER, limit: 20 }
    until: .updatedAt < $last_success
    outputs: [{ file: news.ndjson }]
`

type touched struct{ ID, UpdatedAt string }

func (b *rig) models() []touched {
	b.t.Helper()
	var all []touched
	for line := range strings.Lines(b.read("news.ndjson")) {
		var m touched
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// since sets the mark.
func since(at time.Time) func(*run.Request) { return func(r *run.Request) { r.Last.Success = at } }

// TestOnlyWhatIsNew reads down to a mark from a server in every trouble that a
// list can have: what is newer than the mark is there, once, or the run fails.
func TestOnlyWhatIsNew(t *testing.T) {
	b := newRig(t)
	job := b.job(news)
	if result := b.attempt(job, 1); result.State != run.Succeeded || result.Records != fake.TowerModels {
		t.Fatal(result.State, result.Error, result.Records)
	}
	all := b.models()
	at, err := time.Parse(time.RFC3339, all[50].UpdatedAt)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		fault    fake.Fault
		mark     time.Time
		want     int // models, from the newest
		requests int
		says     string // of a failed run
		ended    bool
	}{
		"no trouble":          {mark: at, want: 51, requests: 3},
		"to the millisecond":  {mark: at.Add(time.Millisecond), want: 50, requests: 3},
		"nothing is new":      {mark: today.Add(time.Hour), want: 0, requests: 1},
		"all is new":          {mark: at.AddDate(-30, 0, 0), want: fake.TowerModels},
		"ties at an edge":     {fault: fake.Fault{Kind: fake.Ties, From: 15, Rows: 10}, mark: at, want: 51, requests: 3},
		"ties over two edges": {fault: fake.Fault{Kind: fake.Ties, From: 10, Rows: 35}, mark: at, want: 51},
		"a list that shifts":  {fault: fake.Fault{Kind: fake.Shift}, mark: at, want: 51, requests: 3},
		"pages overlap":       {fault: fake.Fault{Kind: fake.Overlap, Rows: 5}, mark: at, want: 51},
		"a wrong total":       {fault: fake.Fault{Kind: fake.WrongTotal, Rows: 200}, mark: at, want: 51, requests: 3},
		"a wrong total, all": {fault: fake.Fault{Kind: fake.WrongTotal, Rows: 200}, mark: at.AddDate(-30, 0, 0),
			says: "collected 140 of 200 models"},
		"an early end":      {fault: fake.Fault{Kind: fake.EarlyEnd, Page: 2}, mark: at, want: 51},
		"a page is cut off": {fault: fake.Fault{Kind: fake.CutBody, Page: 3, Times: 1}, mark: at, want: 51, requests: 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			if c.fault.Kind != "" {
				b.server.SetFaults(c.fault)
			}
			result := b.attempt(b.job(news), 1, since(c.mark))
			if c.says != "" {
				if result.State != run.Failed || !strings.Contains(result.Error, c.says) {
					t.Errorf("%s %d: %s", result.State, result.Records, result.Error)
				}
				return
			}
			if asked := b.server.Count(); result.State != run.Succeeded || c.requests > 0 && asked != c.requests {
				t.Fatalf("%s %s, %d requests", result.State, result.Error, asked)
			}
			got := map[string]bool{}
			for _, m := range b.models() {
				got[m.ID] = true
			}
			missing := slices.ContainsFunc(all[:c.want], func(m touched) bool { return !got[m.ID] })
			if len(got) != c.want || int(result.Records) != c.want || missing {
				t.Errorf("%d models, %d of them distinct, want %d", result.Records, len(got), c.want)
			}
		})
	}
}

// TestWhatComesMeanwhileComesNextTime: a model that is touched between a run's
// tick and its end, at the front where the reader has been, is in the next run.
func TestWhatComesMeanwhileComesNextTime(t *testing.T) {
	b := newRig(t)
	job := b.job(news)
	b.server.SetFaults(fake.Fault{Kind: fake.Shift, Times: 2})
	if first := b.attempt(job, 1); first.State != run.Succeeded && !strings.Contains(first.Error, "collected") {
		t.Fatal(first.State, first.Error)
	}
	result := b.attempt(job, 2, since(tick))
	if got := b.models(); result.State != run.Succeeded || len(got) != 2 || b.server.Count() != 1 {
		t.Errorf("%s %s: %v", result.State, result.Error, got)
	}
}

func TestUntilInItemsAndOfEach(t *testing.T) {
	b := newRig(t)
	result := b.attempt(b.job(`    for_each:
      query: |
        query Projects($limit: Int!, $cursor: String) {
          activeUser { projects(limit: $limit, cursor: $cursor) { totalCount cursor items { id name updatedAt } } }
        }
      until: .id == "$TOWER" | not
    query: |
      query Models($id: String!, $limit: Int!, $cursor: String) {
        project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id updatedAt } } }
      }
    until: .updatedAt < $each.updatedAt and ($job | length) > 0
    outputs: [{ file: news.ndjson }]
`), 1)
	if result.State != run.Succeeded {
		t.Fatal(result.Error)
	}
	for _, seen := range b.server.Requests() {
		if id := seen.Variables["id"]; id != nil && id != fake.TowerID {
			t.Errorf("asked for %v", id)
		}
	}
}

func TestUntilThatFails(t *testing.T) {
	for program, says := range map[string]string{
		`.updatedAt == "x" or (.id | tonumber) > 1e99`: "",
		// The first value said that it goes on, and the second would have ended it.
		`.updatedAt < "2000", true`: "the program gave more than one value: let it give one, as any(…) does of a list",
	} {
		b := newRig(t)
		result := b.attempt(b.job(strings.Replace(news, ".updatedAt < $last_success", program, 1)), 1)
		if result.State != run.Failed || !result.Final || !strings.HasPrefix(result.Error, "until, on record 1: "+says) {
			t.Errorf("%s: %s %t %s", program, result.State, result.Final, result.Error)
		}
	}
}
