package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/store"
)

// runsQuery is which runs are asked for.
type runsQuery struct {
	filter store.Filter // without its limit
	limit  int
}

// readRunsQuery reads the parameters of /api/v1/runs. Empty ones count as not
// given.
func readRunsQuery(given url.Values) (runsQuery, error) {
	q := runsQuery{limit: usualPage}
	if err := once(given, "job", "undelivered", "limit", "before", "cursor"); err != nil {
		return q, err
	}
	q.filter.Job = given.Get("job")
	for word := range strings.SplitSeq(strings.Join(given["state"], ","), ",") {
		state := store.State(strings.TrimSpace(word))
		switch {
		case state == "" || slices.Contains(q.filter.States, state):
		case slices.Contains(store.States(), state):
			q.filter.States = append(q.filter.States, state)
		default:
			return q, refuse(http.StatusBadRequest, "unknown state "+shown(word), "the states are: "+stateNames())
		}
	}
	switch text := given.Get("undelivered"); text {
	case "", "false":
	case "true":
		q.filter.Undelivered = true
	default:
		return q, refuse(http.StatusBadRequest, "undelivered "+shown(text)+" is not possible", "give true, or leave it out")
	}
	var err error
	if q.limit, err = readLimit(given.Get("limit")); err != nil {
		return q, err
	}
	return q, q.readPlace(given.Get("before"), given.Get("cursor"))
}

// readPlace reads where a page begins. Where before and a cursor are both given, both
// count: the cursor of a list that began with before lies behind it.
func (q *runsQuery) readPlace(before, cursor string) error {
	if before != "" {
		if err := q.readBefore(before); err != nil {
			return err
		}
	}
	if cursor == "" {
		return nil
	}
	run, err := readCursor(runCursor, cursor)
	if err != nil {
		return err
	}
	last, err := placeOf(run)
	if err != nil {
		return badCursor(cursor)
	}
	if q.filter.After.Tick.IsZero() || comesAfter(last, q.filter.After) {
		q.filter.After = last
	}
	return nil
}

// comesAfter says whether a place comes later than another in the list: newer ticks are
// first, and the runs of a tick by their jobs.
func comesAfter(place, other store.Place) bool {
	if !place.Tick.Equal(other.Tick) {
		return place.Tick.Before(other.Tick)
	}
	return place.Job > other.Job
}

func (q *runsQuery) readBefore(text string) error {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		q.filter.Before = at
		return nil
	}
	place, err := placeOf(text)
	if err != nil {
		return refuse(http.StatusBadRequest, "before "+shown(text)+" is not possible",
			"give a time such as 2026-03-02T02:30:00Z, or the run that the last page ended with")
	}
	q.filter.After = place
	return nil
}

// placeOf says where a run stands in the list, by its id alone: it may be gone.
func placeOf(run string) (store.Place, error) {
	job, tick, err := store.ParseRunID(run)
	return store.Place{Job: job, Tick: tick}, err
}

func stateNames() string { return strings.Join(texts(store.States()), ", ") }
