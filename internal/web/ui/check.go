package ui

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/secret"
)

const (
	// checkTicks is how far ahead the page looks for a job that is tried out.
	checkTicks = 5
	// checkJobs bounds the jobs that it tells of.
	checkJobs = 50
	// MaxCheck bounds what is pasted: a job file is below 1 MiB, and a form
	// writes most signs with three.
	MaxCheck = 3<<20 + 64<<10
)

// ErrBody says that what a request brings can't be read: it broke off, or is no form.
var ErrBody = errors.New("what the request brings can't be read")

// checkPage is a job file that somebody tries out.
type checkPage struct {
	Text     string
	Asked    bool
	Problems []problemRow
	Warnings []problemRow
	Jobs     []checkedJob
	More     int
}

// problemRow is something wrong with a file, and where.
type problemRow struct {
	Line, Col                   int
	Path, Message, Hint, Source string
}

// checkedJob is what a job of the file would do.
type checkedJob struct {
	Name, Description, Due string
	Ticks                  []tickRow
	Scopes                 []scopeRow
	Token                  string
	Paths                  []string
}

// starter is what the page begins with: a first job to change.
const starter = `server: https://app.speckle.systems
timezone: Europe/London

jobs:
  nightly-models:
    description: Every model of a project with its newest version
    schedule: "30 2 * * *"          # every night at 02:30
    token_env: SPECKLE_TOKEN
    query: |
      query Models($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) {
          models(limit: $limit, cursor: $cursor) {
            totalCount
            cursor
            items { id name updatedAt }
          }
        }
      }
    variables: { projectId: 3f9a61c04d }
    outputs:
      - file: exports/{job}/{date}.csv
`

func (u *UI) checkForm(w http.ResponseWriter, r *http.Request) error {
	return u.render(w, http.StatusOK, "check.html", frame{Title: "Check a job file", Here: "/check", Page: &checkPage{Text: starter}})
}

// check reads what was pasted as a job file. Nothing of it is kept, and it reads
// no other file: a query_file is told as one that can't be seen from here.
func (u *UI) check(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ErrBody, err)
	}
	text := strings.ReplaceAll(r.PostForm.Get("file"), "\r\n", "\n")
	page := &checkPage{Text: secret.Mask(text), Asked: true}
	select { // a large file takes a core for seconds: serve needs the others
	case u.checking <- struct{}{}:
		defer func() { <-u.checking }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	file, problems, err := jobs.LoadFor(r.Context(), "jobs.yaml", []byte(text), func(path string) ([]byte, error) {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), errUnseen)
	})
	if err != nil {
		return err
	}
	for _, p := range problems {
		row := problemRow{p.Line, p.Col, p.Path, p.Message, p.Hint, p.Source}
		if p.Warning {
			page.Warnings = append(page.Warnings, row)
		} else {
			page.Problems = append(page.Problems, row)
		}
	}
	if file != nil {
		for _, job := range file.Jobs[:min(len(file.Jobs), checkJobs)] {
			page.Jobs = append(page.Jobs, u.checked(job))
		}
		page.More = len(file.Jobs) - len(page.Jobs)
	}
	return u.render(w, http.StatusOK, "check.html", frame{Title: "Check a job file", Here: "/check", Page: page})
}

var errUnseen = errors.New("a page can't see files beside the job file: paste the query itself to check it here")

func (u *UI) checked(job *jobs.Job) checkedJob {
	v := view{u.now(), job.Zone}
	c := checkedJob{
		Name: job.Name, Description: job.Description, Due: dueWords(job),
		Ticks: v.ticks(job, checkTicks), Scopes: scopes(job), Token: job.Token.Short(),
	}
	tick := job.Schedule.Next(v.now)
	if tick.IsZero() {
		tick = v.now
	}
	for i := range job.Outputs {
		out := &job.Outputs[i]
		if !out.IsFile() {
			c.Paths = append(c.Paths, "to "+receiverWord(out))
			continue
		}
		path, err := out.File.Expand(placeholder.Values{Job: job.Name, Run: job.Name, Tick: tick, Zone: job.Zone}, placeholder.Path)
		if err != nil || out.File.Uses("each") || out.File.Uses("version") || out.File.Uses("version.model") {
			path = out.File.Text() // it holds what only a run knows
		}
		c.Paths = append(c.Paths, path)
	}
	return c
}
