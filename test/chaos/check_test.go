package main

import (
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var begin = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)

func at(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }

// small is a project of two models, to which a third came at 10 s and a fourth at 20 s.
var small = growth{Base: []string{"a", "b"}, Added: []addition{{"c", at(10), at(11)}, {"d", at(20), at(21)}}}

func rows(tick time.Time, ids ...string) (all []row) {
	for _, id := range ids {
		all = append(all, row{ID: id, Tick: tick})
	}
	return all
}

// kindsOf gives the kinds of findings, in order.
func kindsOf(all []finding) (kinds []string) {
	for _, f := range all {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// want holds that exactly these kinds of wrong were found; "" is none.
func want(t *testing.T, wrong []finding, kinds ...string) {
	t.Helper()
	if !slices.Equal(kindsOf(wrong), kinds) {
		t.Errorf("found %v, want %v", wrong, kinds)
	}
}

func TestAFileIsHeldAgainstTheWorld(t *testing.T) {
	for name, c := range map[string]struct {
		before seen
		rows   []row
		at     int
		wrong  []string
	}{
		"whole":                       {rows: rows(at(0), "b", "a"), at: 5},
		"whole, with what came since": {rows: rows(at(0), "c", "a", "b"), at: 12},
		"read while it came":          {rows: rows(at(10), "a", "b"), at: 12},
		"without ticks":               {rows: rows(time.Time{}, "a", "b"), at: 100},
		"a record too few":            {rows: rows(at(0), "a"), at: 5, wrong: []string{stale}},
		"empty":                       {at: 5, wrong: []string{stale}},
		"a record too many":           {rows: rows(at(30), "a", "b", "c", "d", "e"), at: 31, wrong: []string{stale}},
		"one of them twice":           {rows: rows(at(0), "a", "a"), at: 5, wrong: []string{stale}},
		"a state that never was":      {rows: rows(at(30), "a", "b", "d"), at: 31, wrong: []string{stale}},
		"older than its tick":         {rows: rows(at(15), "a", "b"), at: 16, wrong: []string{stale}},
		"older than before":           {before: seen{k: 1}, rows: rows(time.Time{}, "a", "b"), at: 16, wrong: []string{stale}},
		"of an older tick than before": {before: seen{k: 0, tick: at(9)}, rows: rows(at(8), "a", "b"), at: 16,
			wrong: []string{stale}},
		"of two runs": {rows: append(rows(at(0), "a"), rows(at(1), "b")...), at: 5, wrong: []string{stale}},
		"of a future": {rows: rows(at(0), "a", "b", "c"), at: 5, wrong: []string{stale}},
	} {
		_, wrong := checkSight(small, c.before, sight{Name: name, At: at(c.at), Rows: c.rows})
		t.Run(name, func(t *testing.T) { want(t, wrong, c.wrong...) })
	}
}

// By a clock that is 10 s ahead the tick of 20 s was at 10 s, when nothing had come.
func TestAClockThatWasAheadExcusesNoMoreThanThat(t *testing.T) {
	ahead := small
	ahead.Ahead = 10 * time.Second
	look := func(rows []row) []finding {
		_, wrong := checkSight(ahead, seen{}, sight{At: at(60), Rows: rows})
		return wrong
	}
	want(t, look(rows(at(20), "a", "b")))
	want(t, look(rows(at(22), "a", "b")), stale)
	want(t, look(rows(at(40), "a", "b", "c")), stale)
}

func TestAFileOfManyTicksIsHeldAgainstTheWorld(t *testing.T) {
	first, second := rows(at(0), "a", "b"), rows(at(12), "c", "b", "a")
	look := func(before seen, groups ...[]row) (seen, []finding) {
		return checkSight(small, before, sight{Name: "all.csv", At: at(15), Rows: slices.Concat(groups...), Series: true})
	}
	before, wrong := look(seen{}, first, second)
	want(t, wrong)
	_, wrong = look(before, first, second)
	want(t, wrong)
	_, wrong = look(before, first)
	want(t, wrong, lost)
	_, wrong = look(seen{}, second, first)
	want(t, wrong, stale)
	_, wrong = look(seen{}, first, second, first)
	want(t, wrong, doubled, stale)
	_, wrong = look(seen{}, first, second[:1])
	want(t, wrong, stale)
}

func TestTicksAreCounted(t *testing.T) {
	run := func(seconds int, state string) ledgerRun {
		return ledgerRun{Run: at(seconds).String(), Job: "j", Tick: at(seconds), State: state}
	}
	s := []span{{Every: 5 * time.Second, From: at(1), Known: at(1), To: at(17)}}
	good := []ledgerRun{run(5, "succeeded"), run(10, "missed"), run(15, "failed"), {Job: "other", Tick: at(5)}}
	want(t, checkTicks("j", s, good))
	want(t, checkTicks("j", s, good[1:]), lost)
	want(t, checkTicks("j", s, append(good, run(20, "running"))), lost)
	want(t, checkTicks("j", s, append(good, run(15, "succeeded"))), doubled)
	want(t, checkTicks("j", s, append(good, run(12, "succeeded"))), doubled)
}

// A job is due every 2 s, and from 10 s on, when its file was written again, every 3 s; at 30 s it is gone.
func TestTicksAreCountedSinceTheJobFileIsKnown(t *testing.T) {
	const two, three = 2 * time.Second, 3 * time.Second
	day := begin.Truncate(24 * time.Hour) // when both are due
	after := func(seconds int) time.Time { return day.Add(time.Duration(seconds) * time.Second) }
	file := func(seconds int, every time.Duration) edition {
		return edition{after(seconds), map[string]time.Duration{"j": every}}
	}
	all := []edition{file(0, two), file(5, two), file(10, three), file(30, 0)}
	ledger := func(seconds ...int) (runs []ledgerRun) {
		for _, n := range seconds {
			runs = append(runs, ledgerRun{Job: "j", Tick: after(n), State: "failed"})
		}
		return runs
	}
	check := func(lives []life, seconds ...int) []finding {
		return checkTicks("j", spansOf("j", all, lives, after(0), after(200)), ledger(seconds...))
	}
	want(t, check(nil, 2, 4, 6, 8, 10, 12, 14, 15, 18, 21, 24, 27, 30)) // taken between 14 and 15
	want(t, check(nil, 2, 4, 6, 8, 10, 12, 14, 15, 18, 21, 27, 30), lost)
	want(t, check(nil, 2, 6, 8, 10), lost)
	want(t, check(nil, 2, 4, 6, 8, 10)) // nobody was there to take it
	want(t, check(nil, 2, 4, 6, 8, 10, 11), doubled)
	missed := append(ledger(2, 4, 6, 8, 10), ledgerRun{Job: "j", Tick: after(15), State: "missed"})
	want(t, checkTicks("j", spansOf("j", all[:3], nil, after(0), after(22)), missed)) // written later, so nobody took it
	all = all[:3]
	want(t, check([]life{{after(20), after(100)}}, 2, 4, 6, 8, 10))
	wrong := check([]life{{after(20), after(150)}}, 2, 4, 6, 8, 10) // known from 110 on
	if len(wrong) != 30 {
		t.Errorf("found %d, want 30: %v", len(wrong), wrong)
	}
}

func TestFailuresSayWhy(t *testing.T) {
	want(t, checkReasons([]ledgerRun{{State: "failed", Error: "no space left on device"}, {State: "succeeded"}}))
	want(t, checkReasons([]ledgerRun{{State: "failed"}}), lost)
}

func message(id, run, body string) arrival {
	return arrival{ID: id, Run: run, Job: "j", Body: body, Signed: true, Taken: true, At: at(1)}
}

func TestMessagesComeOnceOrTheSame(t *testing.T) {
	m := message("m1", "r1", "body")
	want(t, checkArrivals([]arrival{m, m, message("m2", "r2", "body")}))
	want(t, checkArrivals([]arrival{m, message("m1", "r1", "another body")}), doubled)
	want(t, checkArrivals([]arrival{m, message("m2", "r1", "body")}), doubled)
	m.Signed = false
	want(t, checkArrivals([]arrival{m}), doubled)
}

func TestWhatIsOwedArrives(t *testing.T) {
	r := ledgerRun{Run: "r1", Job: "j", State: "succeeded"}
	hooks := map[string]bool{"j": true}
	want(t, checkDeliveries([]ledgerRun{r}, nil, hooks), lost)
	r.Deliveries = append(r.Deliveries, struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}{"m1", "delivered"})
	m := message("m1", "r1", "")
	want(t, checkDeliveries([]ledgerRun{r}, []arrival{m, m}, hooks))
	want(t, checkDeliveries([]ledgerRun{r}, nil, hooks), lost)
	want(t, checkDeliveries([]ledgerRun{r}, []arrival{m, message("m9", "r9", "")}, hooks), doubled)
	m.Taken = false
	want(t, checkDeliveries([]ledgerRun{r}, []arrival{m}, hooks), lost)
	r.Deliveries[0].State = "failed"
	want(t, checkDeliveries([]ledgerRun{r}, []arrival{message("m1", "r1", "")}, hooks), lost)
}

func TestWhatCameIsTold(t *testing.T) {
	runs := []ledgerRun{{Job: "j", Tick: at(30), State: "succeeded"}}
	first, both, one := message("m1", "r1", ""), message("m2", "r2", ""), message("m2", "r2", "")
	first.First, both.Told, one.Told = true, []string{"c", "d"}, []string{"d"}
	want(t, checkTold("j", small, runs, []arrival{first, both}))
	want(t, checkTold("j", small, runs, []arrival{first, one}), lost)
	want(t, checkTold("j", small, nil, []arrival{first, one}))
}

func TestWhatIsLeftOverIsFound(t *testing.T) {
	want(t, checkLeft([]string{"both-1/now.json", ".runner/stamps/0a", ".runner/parts/0b/1", "append-1/.all.csv.parts.json"}))
	want(t, checkLeft([]string{"both-1/.now.json.0c.tmp", ".runner/sessions/0d"}), stale, stale)
}

func TestSecretsAreFound(t *testing.T) {
	secrets := map[string]string{"the token": "5ec2e7", "the other": "0e88"}
	want(t, checkSecrets("serve.log", []byte(`{"message":"run started"}`), secrets))
	want(t, checkSecrets("serve.log", []byte(`{"authorization":"Bearer 5ec2e7"}`), secrets), leaked)
	owner := map[string][]string{"Lines1": {"t1", "t3"}, "Lines2": {"t2"}}
	want(t, checkSent([]sent{{"Lines1", "t1"}, {"Lines1", "t3"}, {"Items", "t1"}}, owner))
	want(t, checkSent([]sent{{"Lines1", "t2"}}, owner), leaked)
}

func TestAHalfFileIsNone(t *testing.T) {
	for name, whole := range map[string]string{
		"a.ndjson":       "{\"id\":\"a\",\"tick\":\"2026-03-02T02:30:00Z\"}\n{\"id\":\"b\",\"tick\":\"2026-03-02T02:30:00Z\"}\n",
		"a.csv":          "id,name,tick\na,\"Tower, north\",2026-03-02T02:30:00Z\nb,\"Two\nlines\",2026-03-02T02:30:00Z\n",
		"a.json":         `[{"id":"a","tick":"2026-03-02T02:30:00Z"},{"id":"b","tick":"2026-03-02T02:30:00Z"}]`,
		"no-ticks.csv":   "id\na\nb\n",
		"half-a-line.md": `[{"id":"a"},{"id":"b"}]`,
	} {
		got, err := parse(name, []byte(whole))
		if err != nil || len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		// A cut at the end of a record is whole by its form: it has too few records.
		for cut := 1; cut < len(whole); cut++ {
			got, err := parse(name, []byte(whole[:cut]))
			if err == nil && (len(got) > 1 || path.Ext(name) == ".json") {
				t.Errorf("%s, cut at %d of %d, is %v", name, cut, len(whole), got)
			}
		}
	}
	if _, err := parse("a.csv.gz", []byte("id\na\n")); err == nil {
		t.Error("what isn't packed was unpacked")
	}
}

func TestTheReceiverJudgesSignatures(t *testing.T) {
	// HMAC-SHA256 over id.timestamp.body, as another program made it.
	const signature = "v1,d9hoQscvCqtk8PGVEUZVtJMdLM6o7i2hvLmR5vteBL4="
	post := func(signed string) arrival {
		r := httptest.NewRequest(http.MethodPost, "/hook-1", nil)
		r.Header.Set("Webhook-Id", "m1")
		r.Header.Set("Webhook-Timestamp", "1772418600")
		r.Header.Set("Webhook-Signature", signed)
		return read(r, []byte(`{"run":"r1","batch":1,"records":[{"id":"a"}]}`), "plain")
	}
	if a := post(signature); !a.Signed || a.Run != "r1" || a.Job != "hook-1" || len(a.Rows) != 1 {
		t.Errorf("a good message: %+v", a)
	}
	if post("v1,"+strings.Repeat("A", 43)+"=").Signed || post("").Signed {
		t.Error("a signature of somebody else's is taken")
	}
}

// somewhere are places that nobody goes to.
var somewhere = places{"http://127.0.0.1:1", "http://127.0.0.1:2", 25, []shelf{{"s3://a", "?region=b"}, {"gs://c", ""}}}

// TestJobFileHasEveryKind holds that what the storm writes names each job once, with its own token.
func TestJobFileHasEveryKind(t *testing.T) {
	jobs := jobsOf(kinds, 36)
	text := jobFile(jobs, somewhere)
	for _, j := range jobs {
		if strings.Count(text, "  "+j.name+":\n") != 1 || strings.Count(text, "    "+j.token()+"\n") != 1 {
			t.Errorf("%s isn't there once", j.name)
		}
		if strings.Contains(text, newPurse(jobs).newest(j.name).Token) {
			t.Errorf("the token of %s is in the job file", j.name)
		}
	}
	if regexp.MustCompile(`\$[A-Z]|%!`).MatchString(text) {
		t.Errorf("something wasn't filled in:\n%s", text)
	}
}
