package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"speckle-runner/internal/jobs"
)

// jobsPage gives some of the jobs, by name.
func (s *Server) jobsPage(r *http.Request, given url.Values) (reply[[]jobRecord], error) {
	after, limit, err := readJobsPage(given)
	if err != nil {
		return reply[[]jobRecord]{}, err
	}
	page := slices.Clone(s.o.Scheduler.File().Jobs)
	page = slices.DeleteFunc(page, func(job *jobs.Job) bool { return job.Name <= after })
	slices.SortFunc(page, func(a, b *jobs.Job) int { return strings.Compare(a.Name, b.Name) })
	var header http.Header
	if len(page) > limit {
		page = page[:limit]
		header = nextPage(r, cursorOf(jobCursor, page[limit-1].Name))
	}
	names := make([]string, len(page))
	for i, job := range page {
		names[i] = job.Name
	}
	latest, err := s.o.Store.LatestOf(r.Context(), names)
	if err != nil {
		return reply[[]jobRecord]{}, err
	}
	return reply[[]jobRecord]{http.StatusOK, s.records(page, latest), header}, nil
}

// readJobsPage gives the name that a page comes after, and how many it may have.
func readJobsPage(given url.Values) (after string, limit int, err error) {
	if limit, err = readLimit(given.Get("limit")); err != nil {
		return "", 0, err
	}
	if cursor := given.Get("cursor"); cursor != "" {
		after, err = readCursor(jobCursor, cursor)
	}
	return after, limit, err
}
