package ui

import (
	"net/http"
	"strings"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// runPage is everything about a run.
type runPage struct {
	Run, Job    string
	Known       bool // the job file has the job
	State, Mark string
	At          moment
	Ago         string
	Live        string // "on" while it may change
	Ended       bool
	Every       string

	Error, Rest string // its first line, and what comes after
	Todo        string
	Warnings    []string

	Facts    []fact
	Progress string
	Share    int // of 100, below 0 for unknown
	Steps    []step
	Files    []fileRow
	Changed  []fact
	Compare  bool // its files can be held against those of a good run before
	Messages []messageRow
	Log      string

	CanAgain, CanCancel, CanRedeliver, CanForget bool
}

func (u *UI) run(w http.ResponseWriter, r *http.Request) error {
	whole, err := u.o.Store.Whole(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	run, attempts := whole.Run, whole.Attempts
	v := view{u.now(), time.UTC}
	job := u.o.Scheduler.Job(run.Job)
	if job != nil {
		v = v.in(job.Zone)
	}
	page := &runPage{
		Run: run.Run, Job: run.Job, Known: job != nil, State: stateWord(run.State), Mark: string(run.State), At: v.at(run.Tick),
		Ago:      ago(run.Tick, v.now),
		Warnings: run.Warnings, Facts: v.facts(&run), Steps: v.steps(&run, attempts), Log: logOf(attempts), Every: "15s", Live: "on",
	}
	page.Error, page.Rest, _ = strings.Cut(strings.TrimSpace(run.Error), "\n")
	if page.Error != "" || bad(run.State) {
		page.Todo = advice(run.State, run.Error, job)
	}
	if run.TriesAgainAt != nil {
		page.State, page.Mark = "Tried again "+ago(*run.TriesAgainAt, v.now), "retrying"
		page.Todo = "Nothing to do yet: the cause of the failure may pass."
	}
	for i := range run.Files {
		page.Files = append(page.Files, fileRowOf(&run, i))
	}
	for _, d := range run.Deliveries {
		page.Messages = append(page.Messages, v.messageRow(d))
	}
	u.liveness(page, &run, job)
	if page.Changed, err = u.changed(r, &run); err != nil {
		return err
	}
	page.Compare = page.Changed != nil && len(run.Files) > 0
	return u.render(w, http.StatusOK, "run.html", frame{Title: run.Run, Here: "/jobs", Page: page})
}

// liveness says what may still change, and what the viewer may change.
func (u *UI) liveness(page *runPage, run *store.Run, job *jobs.Job) {
	page.Share = -1
	page.Ended = run.State.Ended()
	if !page.Ended {
		page.Every = "2s"
	} else if !run.Owes() {
		page.Live = "off"
	}
	if u.o.Progress != nil && run.State == store.Running {
		if p, here := u.o.Progress(run.Run); here {
			page.Progress = p.words()
			if p.Total > 0 {
				page.Share = int(min(100, 100*p.Records/p.Total))
			}
		}
	}
	if u.o.ReadOnly {
		return
	}
	page.CanAgain, page.CanCancel = run.State.Ended() && job != nil && u.canStart(job), !run.State.Ended()
	page.CanForget = run.State.Ended() && run.Owes()
	for _, d := range run.Deliveries {
		page.CanRedeliver = page.CanRedeliver || d.State == store.DeliveryFailed
	}
}

func (p Progress) words() string {
	words := p.Doing + ": " + figures.Count(p.Pages, "page") + ", " + figures.Count(p.Records, "record")
	if p.Total > 0 {
		words += " of " + figures.Grouped(p.Total)
	}
	if p.AllItems > 0 {
		words += ", item " + figures.Grouped(p.Items) + " of " + figures.Grouped(p.AllItems)
	}
	return words
}

// triggers in words.
var triggers = map[store.Trigger]string{
	store.Schedule: "its schedule", store.CatchUp: "a tick that was missed", store.Manual: "somebody, by hand",
	store.API: "somebody, over HTTP", store.Backfill: "a backfill", store.OnVersion: "a new version",
}

func (v view) facts(run *store.Run) []fact {
	asked := triggers[run.Trigger]
	if asked == "" {
		asked = string(run.Trigger)
	}
	facts := []fact{{"Asked for by", asked}}
	if run.StartedAt != nil {
		switch {
		case run.FinishedAt != nil:
			facts = append(facts, fact{"Took", figures.Took(run.FinishedAt.Sub(*run.StartedAt))})
		case run.State == store.Running: // one that waits for its next attempt takes no time
			facts = append(facts, fact{"Took", figures.Took(v.now.Sub(*run.StartedAt))})
		}
		facts = append(facts, fact{"Attempt", figures.Grouped(run.Attempt)})
	}
	if run.State == store.Succeeded || run.Records > 0 {
		facts = append(facts, fact{"Records", figures.Grouped(run.Records)}, fact{"Pages", figures.Grouped(run.Pages)},
			fact{"Written", figures.Size(run.Bytes)})
	}
	if len(run.Unchanged) > 0 {
		facts = append(facts, fact{"Unchanged", unchanged(run.Unchanged)})
	}
	if run.Node != "" {
		facts = append(facts, fact{"Node", run.Node})
	}
	return facts
}

// unchanged names the outputs that a run left as they were, by their places in the job.
func unchanged(numbers []int) string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = "output " + figures.Grouped(n)
	}
	return strings.Join(names, ", ") + ": as the last time, not published again"
}

// steps puts a run's states on a line.
func (v view) steps(run *store.Run, attempts []store.Attempt) []step {
	steps := []step{{"scheduled", "Due", v.at(run.Tick), ""}}
	if run.Trigger == store.API || run.Trigger == store.Manual {
		steps[0].Word = "Asked for"
	}
	for _, a := range attempts {
		begun := step{Mark: "running", Word: "Begun"}
		if len(attempts) > 1 {
			begun.Word = "Attempt " + figures.Grouped(a.Attempt) + " begun"
		}
		if a.StartedAt != nil {
			begun.At = v.at(*a.StartedAt)
			if wait := a.StartedAt.Sub(run.DueAt); a.Attempt == 1 && wait > time.Second {
				begun.Text = figures.Took(wait) + " later"
			}
		}
		steps = append(steps, begun)
		if a.State == store.Running || a.FinishedAt == nil {
			continue
		}
		ended := step{Mark: string(a.State), Word: stateWord(a.State), At: v.at(*a.FinishedAt)}
		if a.StartedAt != nil {
			ended.Text = "after " + figures.Took(a.FinishedAt.Sub(*a.StartedAt))
		}
		if len(attempts) > 1 && a.Error != "" {
			ended.Text += ": " + firstLine(a.Error)
		}
		steps = append(steps, ended)
	}
	switch {
	case run.TriesAgainAt != nil:
		steps = append(steps, step{"retrying", "Next attempt", v.at(*run.TriesAgainAt), ""})
	case len(attempts) == 0 && run.State != store.Scheduled:
		end := step{Mark: string(run.State), Word: stateWord(run.State)}
		if run.FinishedAt != nil {
			end.At = v.at(*run.FinishedAt)
		}
		steps = append(steps, end)
	}
	return steps
}

// logOf joins the logs of attempts.
func logOf(attempts []store.Attempt) string {
	var out strings.Builder
	for _, a := range attempts {
		if len(attempts) > 1 && a.Log != "" {
			out.WriteString("Attempt " + figures.Grouped(a.Attempt) + "\n")
		}
		out.WriteString(a.Log)
		if a.Log != "" && !strings.HasSuffix(a.Log, "\n") {
			out.WriteByte('\n')
		}
	}
	return secret.Mask(out.String())
}

// changed says what is other than in the good run before.
func (u *UI) changed(r *http.Request, run *store.Run) ([]fact, error) {
	if run.State != store.Succeeded {
		return nil, nil
	}
	before, err := u.o.Store.LastSuccess(r.Context(), run.Job, run.Tick)
	if err != nil || before == nil {
		return nil, err
	}
	facts := []fact{
		{"Records", moved(before.Records, run.Records, figures.Grouped[int64])},
		{"Bytes", moved(before.Bytes, run.Bytes, figures.Size)},
		{"Pages", moved(before.Pages, run.Pages, figures.Grouped[int64])},
	}
	if is, was := tookOf(run), tookOf(before); is >= 0 && was >= 0 {
		facts = append(facts, fact{"Duration", figures.Took(was) + " → " + figures.Took(is)})
	}
	if run.QueryHash != before.QueryHash && before.QueryHash != "" {
		facts = append(facts, fact{"Asked for", "something else: the job's query was changed"})
	}
	return facts, nil
}

// tookOf is how long a run went on, below 0 where nobody knows.
func tookOf(run *store.Run) time.Duration {
	if run.StartedAt == nil || run.FinishedAt == nil {
		return -1
	}
	return run.FinishedAt.Sub(*run.StartedAt)
}

// moved writes a number then and now, and the difference.
func moved(was, is int64, word func(int64) string) string {
	if was == is {
		return "the same"
	}
	return word(was) + " → " + word(is) + ", " + more(is-was, word)
}

// more writes a difference with its sign.
func more(n int64, word func(int64) string) string {
	if n < 0 {
		return "−" + word(-n)
	}
	return "+" + word(n)
}
