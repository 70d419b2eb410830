package ui

import (
	"context"
	"net/http"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
)

const (
	pastWeeks = 5
	// tallyFor is how long a page waits for what past days were: the next look
	// has the rest.
	tallyFor = 60 * time.Millisecond
)

func (u *UI) calendar(w http.ResponseWriter, r *http.Request) error {
	all := u.o.Scheduler.File().Enabled()
	v := view{u.now(), commonZone(all)}
	page := u.coming(v, u.o.Scheduler.File().Hash, all)
	if err := u.past(r.Context(), page, v); err != nil {
		return err
	}
	return u.render(w, http.StatusOK, "calendar.html", frame{Title: "Calendar", Here: "/calendar", Page: page})
}

// commonZone is the zone that most jobs go by.
func commonZone(all []*jobs.Job) *time.Location {
	counts := map[string]int{}
	best := time.UTC
	for _, job := range all {
		if counts[job.Zone.String()]++; counts[job.Zone.String()] > counts[best.String()] {
			best = job.Zone
		}
	}
	return best
}

func (u *UI) coming(v view, file string, all []*jobs.Job) *calendarPage {
	u.ahead.mu.Lock()
	defer u.ahead.mu.Unlock()
	if hour := v.now.Truncate(time.Hour); u.ahead.file != file || !u.ahead.hour.Equal(hour) {
		u.ahead.file, u.ahead.hour, u.ahead.page = file, hour, calendarPage{Zone: v.zone.String()}
		v.coming(&u.ahead.page, all)
	}
	page := u.ahead.page
	v.hours(&page)
	return &page
}

// past fills in the weeks that were.
func (u *UI) past(ctx context.Context, page *calendarPage, v view) error {
	today := v.now.In(v.zone)
	monday := today.Day() - (int(today.Weekday())+6)%7
	u.days.mu.Lock()
	defer u.days.mu.Unlock()
	if u.days.all == nil || len(u.days.all) > 1000 {
		u.days.all = map[int64]dayTally{}
	}
	began := time.Now()
	for w := range pastWeeks {
		first := time.Date(today.Year(), today.Month(), monday-7*w, 0, 0, 0, 0, v.zone)
		week := pastWeek{Week: first.Format("2 Jan"), Days: make([]heat, 7)}
		for d := 6; d >= 0; d-- { // the newest first, should the time run out
			begin := first.AddDate(0, 0, d)
			if begin.After(v.now) {
				week.Days[d] = heat{Off: true}
				continue
			}
			tally, ok := u.days.all[begin.Unix()]
			if !ok || !tally.fresh(begin, v.now) {
				if time.Since(began) > tallyFor {
					page.Partial = true
					week.Days[d] = heat{Missing: true, Title: "not counted yet"}
					continue
				}
				counts, err := u.o.Store.Tally(ctx, begin, begin.AddDate(0, 0, 1))
				if err != nil {
					return err
				}
				tally = dayTally{counts, v.now}
				u.days.all[begin.Unix()] = tally
			}
			week.Days[d] = tally.heat(begin)
		}
		page.Past = append(page.Past, week)
	}
	slices.Reverse(page.Past)
	page.Days = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	return nil
}
