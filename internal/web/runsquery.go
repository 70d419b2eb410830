package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/store"
)

const (
	usualRuns = 100
	mostRuns  = 1000
)

// runsQuery is which runs are asked for.
type runsQuery struct {
	filter    store.Filter // without its limit
	limit     int
	beforeRun string // the run that the last page ended with, if it was given
}

// readRunsQuery reads the parameters of /api/v1/runs. Empty ones count as not
// given.
func readRunsQuery(given url.Values) (runsQuery, error) {
	q := runsQuery{limit: usualRuns}
	for _, name := range []string{"job", "undelivered", "limit", "before"} {
		if len(given[name]) > 1 {
			return q, refuse(http.StatusBadRequest, name+" is given twice", "give it once; only state may be repeated")
		}
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
	if text := given.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostRuns {
			return q, refuse(http.StatusBadRequest, "limit "+shown(text)+" is not possible", fmt.Sprintf("give a number from 1 to %d", mostRuns))
		}
		q.limit = n
	}
	return q, q.readBefore(given.Get("before"))
}

func (q *runsQuery) readBefore(text string) error {
	if text == "" {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		q.filter.Before = at
		return nil
	}
	_, tick, err := store.ParseRunID(text)
	if err != nil {
		return refuse(http.StatusBadRequest, "before "+shown(text)+" is not possible",
			"give a time such as 2026-03-02T02:30:00Z, or the run that the last page ended with")
	}
	q.filter.Before, q.beforeRun = tick, text
	return nil
}

// sameTick picks all runs of the tick that the last page ended in, in any
// state: the run that it ended with may have another one by now.
func (q *runsQuery) sameTick() store.Filter {
	return store.Filter{Since: q.filter.Before, Before: q.filter.Before.Add(time.Microsecond), Limit: math.MaxInt32}
}

func stateNames() string { return strings.Join(texts(store.States()), ", ") }
