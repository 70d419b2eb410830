package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/said"
	"speckle-runner/internal/store"
)

const (
	weekDays = 7
	dayHours = 24
	// often is from how many ticks a day on a job is told once, and not hour by hour.
	often = 12
	// hourJobs is how many jobs of an hour are named.
	hourJobs = 6
)

// calendarPage is what comes and what was, over all jobs.
type calendarPage struct {
	Zone    string
	Hours   []hourRow
	Often   []oftenRow
	Most    int // ticks of the fullest hour
	Heads   []string
	Week    []weekRow
	Past    []pastWeek
	Days    []string
	Partial bool // some past days aren't counted yet
}

// hourRow is an hour of the clock: of the first and the last one only a part lies
// within the next 24 hours.
type hourRow struct {
	At    moment
	Count int
	Width int // of 100
	Jobs  []tickOf
	More  string

	part []dueAt // each tick, where a part counts
}

// dueAt is a tick, and the jobs that have it; they aren't named one by one where they
// are due many times a day.
type dueAt struct {
	at    time.Time
	jobs  []*jobs.Job
	often bool
}

// tickOf is a job that is due in an hour.
type tickOf struct{ Job, At string }

// oftenRow is a job that is due many times a day.
type oftenRow struct{ Job, Words string }

// weekRow is a day, hour by hour.
type weekRow struct {
	Day   string
	Hours []heat
}

// pastWeek is a week, day by day.
type pastWeek struct {
	Week string
	Days []heat
}

// heat is how full a time is, in one of five levels.
type heat struct {
	Level        int
	Bad          bool
	Text, Title  string
	Missing, Off bool // not counted yet; not in the time that is shown
}

// coming is what was last found of the time ahead: it is the same for an hour.
type coming struct {
	mu   sync.Mutex
	file string // its hash
	hour time.Time
	page calendarPage
}

// coming fills in the next 24 hours, with the whole hours at both ends, and 7 days. Jobs of one schedule are looked
// at once.
func (v view) coming(page *calendarPage, all []*jobs.Job) {
	alike := map[string][]*jobs.Job{}
	var order []string
	for _, job := range all {
		if job.Manual {
			continue
		}
		text := job.Schedule.String()
		if alike[text] == nil {
			order = append(order, text)
		}
		alike[text] = append(alike[text], job)
	}
	start := v.now.Truncate(time.Hour)
	hours := make([]hourRow, dayHours+1)
	for i := range hours {
		hours[i].At = v.at(start.Add(time.Duration(i) * time.Hour))
	}
	week := make(map[string]int) // ticks by day and hour of the zone's clock
	for _, text := range order {
		group := alike[text]
		var day []time.Time
		for tick := range group[0].Schedule.Between(start.Add(-time.Second), start.Add(weekDays*24*time.Hour)) {
			week[tick.In(v.zone).Format("2006-01-02 15")] += len(group)
			if tick.Before(start.Add((dayHours + 1) * time.Hour)) {
				day = append(day, tick)
			}
		}
		frequent := len(day) > often
		if frequent {
			for _, job := range group {
				page.Often = append(page.Often, oftenRow{job.Name, v.often(job)})
			}
		}
		for _, tick := range day {
			due := dueAt{tick, group, frequent}
			switch i := int(tick.Sub(start) / time.Hour); i {
			case 0, dayHours:
				hours[i].part = append(hours[i].part, due)
			default:
				v.add(&hours[i], due)
			}
		}
	}
	if n := len(page.Often) - 2*hourJobs; n > 0 {
		page.Often = append(page.Often[:2*hourJobs], oftenRow{"", "and " + said.Count(n, "more job")})
	}
	for i := range hours {
		hours[i].name()
	}
	page.Hours = hours
	v.week(page, week)
}

// add counts a tick in its hour.
func (v view) add(h *hourRow, due dueAt) {
	h.Count += len(due.jobs)
	if due.often {
		return
	}
	for _, job := range due.jobs {
		h.Jobs = append(h.Jobs, tickOf{job.Name, due.at.In(v.zone).Format("15:04")})
	}
}

// name puts the first jobs of an hour in order, and says how many more there are.
func (h *hourRow) name() {
	slices.SortStableFunc(h.Jobs, func(a, b tickOf) int { return strings.Compare(a.At, b.At) })
	if rest := len(h.Jobs) - hourJobs; rest > 0 {
		h.Jobs, h.More = h.Jobs[:hourJobs], fmt.Sprintf("and %d more", rest)
	}
}

// often says when a job is due, with its zone where its hours are those of another
// clock than the page's.
func (v view) often(job *jobs.Job) string {
	words := job.Schedule.Words()
	byClock := func(spec string) bool { return !strings.HasPrefix(spec, "@every ") }
	if job.Zone.String() != v.zone.String() && slices.ContainsFunc(job.Schedules, byClock) {
		words += " (" + job.Zone.String() + ")"
	}
	return words
}

// hours cuts what was found to the 24 hours from now on: what has been due this hour isn't
// next, and the same time tomorrow is.
func (v view) hours(page *calendarPage) {
	end := v.now.Add(dayHours * time.Hour)
	page.Hours = slices.Clone(page.Hours)
	for _, i := range []int{0, dayHours} {
		h := &page.Hours[i]
		for _, due := range h.part {
			if due.at.After(v.now) && !due.at.After(end) {
				v.add(h, due)
			}
		}
		h.name()
	}
	if page.Hours[dayHours].Count == 0 {
		page.Hours = page.Hours[:dayHours]
	}
	for i := range page.Hours {
		page.Most = max(page.Most, page.Hours[i].Count)
	}
	for i := range page.Hours {
		if h := &page.Hours[i]; page.Most > 0 {
			h.Width = (100*h.Count + page.Most - 1) / page.Most
		}
	}
}

func (v view) week(page *calendarPage, week map[string]int) {
	most := 1
	for _, n := range week {
		most = max(most, n)
	}
	for h := range 24 {
		page.Heads = append(page.Heads, fmt.Sprintf("%02d", h))
	}
	today := v.now.In(v.zone)
	for d := range weekDays {
		day := time.Date(today.Year(), today.Month(), today.Day()+d, 12, 0, 0, 0, v.zone)
		row := weekRow{Day: day.Format("Mon 2 Jan")}
		for h := range 24 {
			n := week[day.Format("2006-01-02 ")+fmt.Sprintf("%02d", h)]
			row.Hours = append(row.Hours, heat{Level: level(n, most), Title: fmt.Sprintf("%s %02d:00, %s", row.Day, h, said.Count(n, "tick"))})
		}
		page.Week = append(page.Week, row)
	}
}

// level is which of five a number is; only 0 is 0.
func level(n, most int) int {
	if n == 0 {
		return 0
	}
	return min(4, 1+3*n/max(most, 1))
}

// days remembers what past days were: they hardly change any more.
type days struct {
	mu  sync.Mutex
	all map[int64]dayTally // by the instant at which it began
}

type dayTally struct {
	counts map[store.State]int64
	at     time.Time
}

// fresh says whether a count of a day still holds: what is over hardly changes.
func (d dayTally) fresh(begin, now time.Time) bool {
	if now.Sub(begin) > 48*time.Hour {
		return now.Sub(d.at) < 6*time.Hour
	}
	return now.Sub(d.at) < 20*time.Second
}

// heat shows a day: how much of it went wrong, and in words.
func (t dayTally) heat(day time.Time) heat {
	good, wrong := t.counts[store.Succeeded], t.counts[store.Failed]+t.counts[store.Missed]+t.counts[store.Interrupted]
	h := heat{Title: day.Format("Mon 2 Jan") + ": " + cmp.Or(countWords(t.counts), "no runs")}
	switch {
	case good+wrong == 0: // none, or none that says how the day was
	case wrong == 0:
		h.Level, h.Text = 1, figures.Grouped(good)
	default:
		h.Bad, h.Text = true, figures.Grouped(wrong)
		h.Level = level(int(min(4, 1+wrong*8/(good+wrong))), 4)
	}
	return h
}
