package ui

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
)

// pageJobs is how many jobs a page of the overview shows.
const pageJobs = 50

// overviewPage is what needs attention, then the jobs.
type overviewPage struct {
	Cards []card
	Calm  string // in place of cards
	Asked asked
	Chips []chip
	Sorts []choice
	Rows  []jobRow
	All   int // jobs in the file
	Found int
	Pager []choice
	Every string // how soon the page looks again
}

// asked is what the viewer wants to see.
type asked struct {
	Q, Show, Sort string
	Page          int
}

// chip is a filter with its count.
type chip struct {
	choice
	Mark  string
	Count int
}

// jobRow is a job in the list.
type jobRow struct {
	Name, Description string
	Condition, Mark   string
	Last              string // what became of its newest run
	LastAgo           string
	LastAt            moment
	LastRun           string
	Error             string
	Strip             strip
	Spark, Records    string
	Next, NextAgo     string
	NextAt            moment
	Versions          string // for which new ones it is due
}

// shows names the filters: each is for some conditions.
var shows = []struct {
	name, word, mark string
	holds            func(condition) bool
}{
	{"", "All", "", func(condition) bool { return true }},
	{"attention", "Need attention", "late", func(c condition) bool { return c <= retrying }},
	{"running", "Running", "running", func(c condition) bool { return c == running || c == stuck }},
	{"good", "Good", "succeeded", func(c condition) bool { return c == fine }},
	{"new", "No run yet", "scheduled", func(c condition) bool { return c == fresh }},
	{"off", "Disabled", "off", func(c condition) bool { return c == off }},
}

var sorts = []struct{ name, word string }{
	{"", "Attention first"}, {"name", "Name"}, {"next", "Next due"}, {"last", "Last run"}, {"records", "Records"},
}

func readAsked(given url.Values) asked {
	a := asked{Q: strings.TrimSpace(given.Get("q")), Show: given.Get("show"), Sort: given.Get("sort")}
	a.Page, _ = strconv.Atoi(given.Get("page"))
	if a.Page < 1 {
		a.Page = 1
	}
	return a
}

// Address is that of the overview as it is asked for.
func (a asked) Address() string {
	given := url.Values{}
	for name, value := range map[string]string{"q": a.Q, "show": a.Show, "sort": a.Sort} {
		if value != "" {
			given.Set(name, value)
		}
	}
	if a.Page > 1 {
		given.Set("page", strconv.Itoa(a.Page))
	}
	if len(given) == 0 {
		return "/"
	}
	return "/?" + given.Encode()
}

func (u *UI) overview(w http.ResponseWriter, r *http.Request) error {
	k, err := u.know(r.Context())
	if err != nil {
		return err
	}
	page := overviewPage{Asked: readAsked(r.URL.Query()), All: len(k.jobs), Every: "15s"}
	if len(k.underway) > 0 || len(k.retrying) > 0 {
		page.Every = "3s"
	}
	page.Cards = u.attention(r.Context(), k)
	if len(page.Cards) == 0 {
		page.Calm = k.calm()
	}
	found := page.filter(k)
	page.Found = len(found)
	page.sort(k, found)
	found = page.cut(found)
	if err := u.rows(r, k, &page, found); err != nil {
		return err
	}
	return u.render(w, http.StatusOK, "overview.html", frame{Title: "Overview", Here: "/", Page: page})
}

// filter gives the jobs that are asked for, and counts all filters.
func (p *overviewPage) filter(k *known) []*jobs.Job {
	counts := make([]int, len(shows))
	chosen := 0
	for i, s := range shows {
		if s.name == p.Asked.Show {
			chosen = i
		}
	}
	var found []*jobs.Job
	q := strings.ToLower(p.Asked.Q)
	for _, job := range k.jobs {
		if q != "" && !strings.Contains(strings.ToLower(job.Name+" "+job.Description), q) {
			continue
		}
		c := k.of(job)
		for i, s := range shows {
			if s.holds(c) {
				counts[i]++
			}
		}
		if shows[chosen].holds(c) {
			found = append(found, job)
		}
	}
	for i, s := range shows {
		to := p.Asked
		to.Show, to.Page = s.name, 1
		if counts[i] > 0 || i == chosen || i == 0 {
			p.Chips = append(p.Chips, chip{choice{s.word, to.Address(), i == chosen}, s.mark, counts[i]})
		}
	}
	for _, s := range sorts {
		p.Sorts = append(p.Sorts, choice{s.word, s.name, s.name == p.Asked.Sort})
	}
	return found
}

// sort puts what was found into the order that is asked for. Each job's place is
// looked up once: there may be thousands.
func (p *overviewPage) sort(k *known, found []*jobs.Job) {
	if p.Asked.Sort == "name" {
		slices.SortStableFunc(found, func(a, b *jobs.Job) int { return strings.Compare(a.Name, b.Name) })
		return
	}
	type placed struct {
		job   *jobs.Job
		place int64
	}
	all := make([]placed, len(found))
	for i, job := range found {
		all[i] = placed{job, k.place(job, p.Asked.Sort)}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	for i, one := range all {
		found[i] = one.job
	}
}

// place is where a job stands in an order, the least first.
func (k *known) place(job *jobs.Job, order string) int64 {
	stands := k.stands[job.Name]
	switch order {
	case "next":
		if at := k.next[job.Name]; !at.IsZero() {
			return at.UnixMicro()
		}
		return math.MaxInt64
	case "last":
		if stands.Tick.IsZero() {
			return math.MaxInt64
		}
		return -stands.Tick.UnixMicro()
	case "records":
		return -stands.Records
	}
	return int64(k.of(job))
}

// cut gives one page of what was found.
func (p *overviewPage) cut(found []*jobs.Job) []*jobs.Job {
	from, to, page, links := pageOf(len(found), pageJobs, p.Asked.Page, func(n int) string {
		to := p.Asked
		to.Page = n
		return to.Address()
	})
	p.Asked.Page, p.Pager = page, links
	return found[from:to]
}

func (u *UI) rows(r *http.Request, k *known, page *overviewPage, found []*jobs.Job) error {
	names := make([]string, len(found))
	for i, job := range found {
		names[i] = job.Name
	}
	points, err := u.o.Store.Points(r.Context(), names, stripRuns)
	if err != nil {
		return err
	}
	for _, job := range found {
		page.Rows = append(page.Rows, k.row(job, points[job.Name]))
	}
	return nil
}

func (k *known) row(job *jobs.Job, points []history.Point) jobRow {
	v := view{k.now, job.Zone}
	c := k.of(job)
	row := jobRow{
		Name: job.Name, Description: job.Description, Condition: conditions[c].word, Mark: conditions[c].mark,
		Strip: v.strip(points), Spark: spark(points),
	}
	if s, ran := k.stands[job.Name]; ran {
		row.Last, row.LastRun, row.LastAgo, row.LastAt = stateWord(s.State), s.Run, ago(s.Tick, k.now), v.at(s.Tick)
		if s.State == store.Succeeded {
			row.Records = figures.Count(s.Records, "record")
		} else {
			row.Error = firstLine(s.Error)
		}
	}
	if p, runs := k.underway[job.Name]; runs {
		row.Last, row.LastRun, row.LastAgo, row.LastAt, row.Error = "Running", p.Run, "for "+span(k.now.Sub(p.StartedAt)), v.at(p.StartedAt), ""
	}
	row.Next, row.NextAgo, row.NextAt = k.due(job, v)
	if job.OnVersion != nil && !job.Disabled {
		row.Versions = job.OnVersion.When()
	}
	return row
}

// due says when a job's next tick is, in words, and as a time; nothing where only
// versions make it due.
func (k *known) due(job *jobs.Job, v view) (word, soon string, when moment) {
	next := k.next[job.Name]
	switch {
	case job.Disabled:
		return "disabled", "", moment{}
	case next.IsZero() && job.Manual:
		return "by hand only", "", moment{}
	case next.IsZero() && job.HasVersion():
		return "", "", moment{}
	case next.IsZero():
		return "never again", "", moment{}
	case k.late(job):
		return "", "was due " + ago(next, k.now), v.at(next)
	}
	return "", ago(next, k.now), v.at(next)
}

// calm is said where nothing needs anybody.
func (k *known) calm() string {
	if len(k.jobs) == 0 {
		return "The job file has no jobs yet."
	}
	var first *jobs.Job
	ran := 0
	for _, job := range k.jobs {
		if k.of(job) == fine || k.of(job) == running {
			ran++
		}
		if next := k.next[job.Name]; !next.IsZero() && (first == nil || next.Before(k.next[first.Name])) {
			first = job
		}
	}
	words := "Nothing needs you."
	switch {
	case ran == len(k.jobs):
		words = "Everything ran."
	case ran == 0:
		words = "Nothing has run yet."
	}
	if first != nil {
		words += " Next is " + first.Name + ", " + ago(k.next[first.Name], k.now) + "."
	}
	return words
}
