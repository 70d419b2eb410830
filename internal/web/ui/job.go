package ui

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/message"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

const (
	jobTicks = 10 // that a job's page looks ahead
	jobRuns  = 15 // that it lists
)

// jobPage is everything about a job.
type jobPage struct {
	Name, Description string
	Condition, Mark   string
	Cards             []card
	Every             string
	Buttons           bool
	CanTry            bool

	Due    string   // in words
	Specs  []string // what of the job file says so
	ByHand string   // the command where no button will do
	Awaits bool     // it is due without a tick, too
	Ticks  []tickRow
	Rules  []fact

	Server  string
	Query   string
	Reads   []fact // of an elements job
	Token   fact
	Scopes  []scopeRow
	Outputs []outputRow
	Plots   []plot
	Runs    []runRow
	Older   string // address of the runs before these
}

// tickRow is a coming tick.
type tickRow struct {
	At   moment
	In   string
	Note string
}

// scopeRow is a scope that a job's token needs, and which fields ask for it.
type scopeRow struct{ Scope, Why, Note string }

// outputRow is where records go, with the newest files that came of it.
type outputRow struct {
	Target, Kind string
	Latest       string // the path that always holds the newest
	Files        []fileRow
	Note         string
}

// fileRow is a file that a run wrote.
type fileRow struct {
	Path, URL, Size, Records, SHA256 string
	Gone                             bool
}

// runRow is a run in a list.
type runRow struct {
	Run, Mark, State string
	At               moment
	Ago, Took        string
	Records, Size    string
	Error            string
}

func (u *UI) job(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("job")
	job := u.o.Scheduler.Job(name)
	if job == nil {
		return fmt.Errorf("%w: %s", scheduler.ErrUnknown, name)
	}
	k, err := u.knowOne(r.Context(), job)
	if err != nil {
		return err
	}
	v := view{k.now, job.Zone}
	page := &jobPage{
		Name: name, Description: secret.Mask(job.Description), Every: "15s", Buttons: u.canStart(job), CanTry: u.o.Try != nil,
		Due: dueWords(job), Specs: slices.Clone(job.Schedules), Rules: rules(job), Ticks: v.ticks(job, jobTicks),
		Server: job.Server.Origin(), Token: u.token(v, job), Scopes: scopes(job),
	}
	if job.OnVersion != nil {
		page.Specs, page.Awaits = append(page.Specs, "on_version"), !job.Disabled
	}
	if job.NeedsVersion() {
		page.ByHand = "runner run " + name + " --version ID"
	}
	c := k.of(job)
	page.Condition, page.Mark = conditions[c].word, conditions[c].mark
	if _, runs := k.underway[name]; runs {
		page.Every = "2s"
	}
	page.Cards = u.jobCards(k, nil)
	page.reads(job)
	if err := u.jobHistory(r, page, v, job); err != nil {
		return err
	}
	return u.render(w, http.StatusOK, "job.html", frame{Title: name, Here: "/jobs", Page: page})
}

// dueWords says when a job is due: by the clock of its zone, for new versions, or both.
func dueWords(job *jobs.Job) string {
	var ways []string
	if words := job.Schedule.Words(); words != "" && !job.Manual {
		ways = append(ways, words+", "+job.Zone.String())
	}
	if job.OnVersion != nil {
		ways = append(ways, job.OnVersion.When())
	}
	if len(ways) == 0 {
		return "Only by hand"
	}
	words := strings.Join(ways, "; and ")
	return sentence(words)
}

// canStart says whether a button may run a job: none knows a version to run it for.
func (u *UI) canStart(job *jobs.Job) bool { return !u.o.ReadOnly && !job.NeedsVersion() }

func (v view) ticks(job *jobs.Job, n int) []tickRow {
	if job.Disabled {
		return nil
	}
	var rows []tickRow
	for _, t := range job.Schedule.Ticks(v.now, n) {
		rows = append(rows, tickRow{v.at(t.At), ago(t.At, v.now), t.Note})
	}
	return rows
}

// rules are what becomes of ticks that can't run as they come.
func rules(job *jobs.Job) []fact {
	var all []fact
	add := func(name, format string, args ...any) { all = append(all, fact{name, fmt.Sprintf(format, args...)}) }
	add("Takes at most", "%s", jobs.PlainDuration(job.Timeout))
	switch job.Overlap {
	case choices.OverlapQueue:
		add("Due while running", "waits for its turn")
	case choices.OverlapReplace:
		add("Due while running", "takes the place of the one that runs")
	default:
		add("Due while running", "is skipped")
	}
	switch job.Missed {
	case choices.MissedAll:
		add("Missed while down", "every one is made up for, back to %s", jobs.PlainDuration(job.MissedWindow))
	case choices.MissedLast:
		add("Missed while down", "the last one is made up for, back to %s", jobs.PlainDuration(job.MissedWindow))
	default:
		add("Missed while down", "stays missed")
	}
	if on := job.OnVersion; on != nil && on.Settle > 0 {
		add("Versions in a row", "the newest, once its model has been quiet for %s", jobs.PlainDuration(on.Settle))
	}
	if job.RetryFor > 0 {
		add("After a failure that may pass", "tried again for %s", jobs.PlainDuration(job.RetryFor))
	}
	if job.ShrinkLimit > 0 {
		add("Fewer records", "refused below %.0f%% of the last good run", job.ShrinkLimit*100)
	}
	if job.Spread > 0 {
		add("Spread", "begins up to %s after its tick", jobs.PlainDuration(job.Spread))
	}
	return all
}

// reads says what a job asks for.
func (p *jobPage) reads(job *jobs.Job) {
	if job.Query != nil {
		p.Query = secret.Mask(strings.TrimSpace(job.Query.Text))
	}
	e := job.Elements
	if e == nil {
		return
	}
	p.Reads = append(p.Reads, fact{"Project", e.Project.Text()}, fact{"Model", e.Model.Text()})
	version := e.Version.Text()
	switch {
	case version != "":
	case job.HasVersion():
		version = "the new one"
	case job.OnVersion != nil:
		version = "the new one, at a tick the newest"
	default:
		version = "the newest"
	}
	p.Reads = append(p.Reads, fact{"Version", version})
	for _, w := range e.Where {
		texts := make([]string, len(w.Any))
		for i, value := range w.Any {
			texts[i] = value.String()
		}
		p.Reads = append(p.Reads, fact{"Where " + w.Name, "is " + strings.Join(texts, " or ")})
	}
	for _, property := range e.Properties {
		p.Reads = append(p.Reads, fact{property.Name, property.Path})
	}
}

func (u *UI) token(v view, job *jobs.Job) fact {
	f := fact{Name: job.Token.Short(), Text: "not asked about yet"}
	token := u.o.Token(job.Name)
	switch {
	case token == nil:
	case !token.OK:
		f.Text = secret.Mask(firstLine(token.Error))
	case token.ExpiresAt != nil:
		f.Text = "good, ends " + ago(*token.ExpiresAt, v.now)
	default:
		f.Text = "good when it was asked about, " + ago(token.CheckedAt, v.now)
	}
	return f
}

// scopes lists what a job's token needs, and why.
func scopes(job *jobs.Job) []scopeRow {
	needs := job.Needs()
	var rows []scopeRow
	for _, s := range needs.Scopes {
		rows = append(rows, scopeRow{s, figures.First(needs.Because[s], "more field"), ""})
	}
	for _, s := range needs.Soft {
		rows = append(rows, scopeRow{s, figures.First(needs.Because[s], "more field"), "empty without it, and the server doesn't say so"})
	}
	for _, s := range needs.Advised {
		rows = append(rows, scopeRow{s, figures.First(needs.Because[s], "more field"), "some servers ask for it"})
	}
	for _, role := range needs.Roles {
		rows = append(rows, scopeRow{"role " + role, figures.First(needs.Roled[role], "more field"), "of the token's owner"})
	}
	if len(needs.Unknown) > 0 {
		rows = append(rows, scopeRow{"unknown", figures.First(needs.Unknown, "more field"), "not in the open source schema"})
	}
	return rows
}

// jobHistory adds what the ledger knows of a job.
func (u *UI) jobHistory(r *http.Request, page *jobPage, v view, job *jobs.Job) error {
	points, err := u.o.Store.Points(r.Context(), []string{job.Name}, plotRuns)
	if err != nil {
		return err
	}
	page.Plots = v.plots(points[job.Name])
	before := readBefore(r)
	runs, err := u.o.Store.Runs(r.Context(), store.Filter{Job: job.Name, Before: before, Limit: jobRuns + 1})
	if err != nil {
		return err
	}
	if len(runs) > jobRuns {
		runs = runs[:jobRuns]
		page.Older = "/jobs/" + job.Name + "?before=" + runs[jobRuns-1].Tick.Format(time.RFC3339Nano)
	}
	for i := range runs {
		page.Runs = append(page.Runs, v.runRow(&runs[i]))
	}
	good, err := u.o.Store.LastSuccess(r.Context(), job.Name, time.Time{})
	if err != nil {
		return err
	}
	for i := range job.Outputs {
		page.Outputs = append(page.Outputs, outputRowOf(&job.Outputs[i], good))
	}
	return nil
}

func readBefore(r *http.Request) time.Time {
	before, err := time.Parse(time.RFC3339, r.URL.Query().Get("before"))
	if err != nil {
		return time.Time{}
	}
	return before
}

func (v view) runRow(run *store.Run) runRow {
	row := runRow{Run: run.Run, Mark: string(run.State), State: stateWord(run.State), At: v.at(run.Tick), Ago: ago(run.Tick, v.now),
		Error: firstLine(run.Error)}
	if run.TriesAgainAt != nil {
		row.Mark, row.State = "retrying", "Tried again "+ago(*run.TriesAgainAt, v.now)
	}
	if run.StartedAt != nil && run.FinishedAt != nil {
		row.Took = figures.Took(run.FinishedAt.Sub(*run.StartedAt))
	}
	if run.State == store.Succeeded {
		row.Records, row.Size, row.Error = figures.Grouped(run.Records), figures.Size(run.Bytes), ""
	}
	return row
}

func outputRowOf(out *jobs.Output, good *store.Run) outputRow {
	if !out.IsFile() {
		row := outputRow{Target: receiverWord(out), Kind: "webhook"}
		switch {
		case out.Mail != nil:
			row.Kind = "mail"
		case out.Hook.Preset != "":
			row.Kind = out.Hook.Preset
		}
		return row
	}
	row := outputRow{Target: secret.Mask(out.File.Text()), Kind: out.Format.String(),
		Latest: secret.Mask(out.Latest.Text())}
	if good == nil {
		row.Note = "nothing was written yet"
		return row
	}
	for i, f := range good.Files {
		if f.Output == out.File.Text() {
			row.Files = append(row.Files, fileRowOf(good, i))
		}
	}
	const shown = 5
	if rest := len(row.Files) - shown; rest > 0 {
		row.Files, row.Note = slices.Clip(row.Files[:shown]), "and "+figures.Count(rest, "more file")
	}
	return row
}

func fileRowOf(run *store.Run, i int) fileRow {
	f := run.Files[i]
	return fileRow{secret.Mask(f.Path), fileAddress(run.Run, i), figures.Size(f.Bytes),
		figures.Count(f.Records, "record"), f.SHA256, f.Gone}
}

// fileAddress is the page of a run's file, by its place among them.
func fileAddress(run string, i int) string { return fmt.Sprintf("/runs/%s/files/%d", run, i+1) }

// receiverWord names a receiver without what may be secret in its address.
func receiverWord(out *jobs.Output) string {
	if out.Mail != nil {
		return strings.Join(out.Mail.To, ", ")
	}
	h := &out.Hook
	return message.Hook{Address: h.Address.Text(), AddressEnv: h.AddressEnv}.Target()
}
