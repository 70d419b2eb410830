package ui

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web/ui/compare"
	"speckle-runner/internal/web/ui/preview"
)

const (
	// goodRuns is how far back a page looks for a run that wrote the same output.
	goodRuns = 20
	// compareFor bounds a comparison: the rest of a request's time is for its page.
	compareFor = 10 * time.Second
	// changedFields is how many fields are listed with how often they changed.
	changedFields = 12
	// otherFiles is how many more files of a run are offered.
	otherFiles = 20
)

// changesPage is what is other in a file of a run than in that of the good run
// before.
type changesPage struct {
	Run, Job        string
	Before          string // the good run before, "" for none
	At              moment
	Path, URL       string
	OldPath, OldURL string
	Note, Todo      string // why nothing is compared, and what to do
	Live            string // "on" while the run goes on
	Same            bool   // the files are
	Alike           bool   // the files aren't, but no difference was found
	Wide            bool

	By             string
	Counts, Fields []fact // of fields: how many records changed in them
	Came, Went     []string
	Added, Removed preview.Table
	Changed        []changedRecord
	MoreChanged    bool
	Others         []choice
}

// changedRecord is a record that is other than before, and in what.
type changedRecord struct {
	Key, Name string
	Fields    []compare.Field
	More      string // fields beyond those that are shown
}

func (u *UI) changes(w http.ResponseWriter, r *http.Request) error {
	run, err := u.o.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	page := &changesPage{Run: run.Run, Job: run.Job, Live: "off"}
	all, err := u.pairs(r.Context(), page, &run)
	if err != nil {
		return err
	}
	if page.Note == "" {
		u.compare(r, page, all)
	}
	page.mask()
	return u.render(w, http.StatusOK, "changes.html", frame{Title: "What changed in " + run.Run, Here: "/jobs", Page: page})
}

// pairs finds the good run before that wrote what this run has written, and
// puts their files beside each other.
func (u *UI) pairs(ctx context.Context, page *changesPage, run *store.Run) ([]filePair, error) {
	switch {
	case !run.State.Ended():
		page.Note, page.Live = "This run has not ended yet: what changed is shown here once it has.", "on"
		return nil, nil
	case run.State != store.Succeeded:
		page.Note = "Only a run that succeeded has files to compare: every other one leaves them as they were."
		return nil, nil
	case len(run.Files) == 0 && len(run.Unchanged) > 0:
		page.Note = "This run wrote no file: the records are the same as before."
		return nil, nil
	case len(run.Files) == 0:
		page.Note = "This run wrote no file: its job has no file among its outputs, or the records were the same as before."
		return nil, nil
	}
	good, err := u.o.Store.Runs(ctx, store.Filter{Job: run.Job, States: []store.State{store.Succeeded}, Before: run.Tick, Limit: goodRuns})
	if err != nil {
		return nil, err
	}
	for i := range good {
		if all := pairsOf(run, &good[i]); slices.ContainsFunc(all, func(p filePair) bool { return p.was >= 0 }) {
			page.Before, page.At = good[i].Run, view{u.now(), u.zoneOf(run.Job)}.at(good[i].Tick)
			return all, nil
		}
	}
	page.Note = "No good run before this one wrote such a file: there is nothing to compare with yet."
	return nil, nil
}

// compare fills in a page with the pair that is asked for, or the first that can
// be compared.
func (u *UI) compare(r *http.Request, page *changesPage, all []filePair) {
	asked, _ := strconv.Atoi(r.URL.Query().Get("file")) // no number is any file
	slices.SortStableFunc(all, func(a, b filePair) int { return cmp.Compare(a.rank(asked), b.rank(asked)) })
	chosen := all[0]
	page.Path, page.URL = chosen.file().Path, fileAddress(chosen.now.Run, chosen.number)
	for _, other := range all[1:min(len(all), otherFiles+1)] {
		page.Others = append(page.Others, choice{Name: other.file().Path,
			URL: "/runs/" + page.Run + "/changes?file=" + strconv.Itoa(other.number+1)})
	}
	if chosen.was < 0 {
		page.Note = "The run before wrote no file of this name: all that it holds is new."
		return
	}
	page.OldPath, page.OldURL = chosen.before().Path, fileAddress(chosen.then.Run, chosen.was)
	if one, other := chosen.file().SHA256, chosen.before().SHA256; one != "" && one == other {
		page.Same = true
		return
	}
	page.Note, page.Todo = u.overwritten(chosen)
	if page.Note != "" {
		return
	}
	result, err := u.compared(r.Context(), chosen)
	if err != nil {
		page.Note, page.Todo = incomparable(err)
		return
	}
	page.tell(result)
}

// overwritten says why there is only one file to look at: a file that every run
// writes over holds what the newest of them wrote.
func (u *UI) overwritten(p filePair) (note, todo string) {
	if p.file().Path != p.before().Path {
		return "", ""
	}
	if job := u.o.Scheduler.Job(p.now.Job); job != nil {
		for i := range job.Outputs {
			if out := &job.Outputs[i]; out.IsFile() && out.Append && out.File.Text() == p.file().Output {
				return "The file grows: each run appends its records, and what they were at the run before can't be told from it.",
					"To compare runs, write each into a file of its own beside this one: put {date} or {tick} into the name of another output."
			}
		}
	}
	return "This run wrote over the file of the run before, which is gone.",
		"To compare each run with the one before, put {tick} into the file's name, or {date} where it runs once a day, with keep: to bound " +
			"how many stay, and latest: for those who need one name that stays."
}

var errBusy = errors.New("other files are being compared")

// compared compares two files as they lie there, once it is sure that they are
// those that the runs wrote.
func (u *UI) compared(ctx context.Context, p filePair) (*compare.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, compareFor)
	defer cancel()
	select {
	case u.comparing <- struct{}{}:
		defer func() { <-u.comparing }()
	case <-ctx.Done():
		return nil, errBusy
	}
	then, err := u.written(ctx, p.then.Job, p.before())
	if err != nil {
		return nil, &fileError{p.before().Path, err}
	}
	defer then.Close()
	now, err := u.written(ctx, p.now.Job, p.file())
	if err != nil {
		return nil, &fileError{p.file().Path, err}
	}
	defer now.Close()
	return compare.Files(ctx, then, now)
}

// fileError is about one of the two files.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return e.path + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

var errRewritten = errors.New("it was written anew since")

// written opens a file that must be what its run wrote.
func (u *UI) written(ctx context.Context, job string, f *store.File) (compare.File, error) {
	file, info, err := u.open(*f)
	if err != nil {
		return compare.File{}, err
	}
	one := compare.File{File: file, Path: u.formatted(job, f), Size: info.Size()}
	switch {
	case info.Size() != f.Bytes:
		err = errRewritten
	case info.Size() > compare.MaxBytes:
		err = compare.ErrLarge
	default:
		err = isWhole(ctx, file, f.SHA256)
	}
	if err != nil {
		file.Close()
	}
	return one, err
}

// isWhole reads a file to see whether it holds what its hash says.
func isWhole(ctx context.Context, file io.Reader, want string) error {
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if want != hex.EncodeToString(hash.Sum(nil)) {
		return errRewritten
	}
	return ctx.Err()
}

// incomparable says why two files weren't compared, and what to do.
func incomparable(err error) (note, todo string) {
	const byHand = "Download both files, and compare them with a program for tables."
	name := ""
	if e, is := errors.AsType[*fileError](err); is {
		name = e.path
	}
	switch {
	case errors.Is(err, compare.ErrLarge):
		return "The files are too large to be compared here: up to " + figures.Grouped(compare.MaxRecords) + " records and " +
			figures.Size(compare.MaxBytes) + " unpacked each are.", byHand
	case errors.Is(err, errBusy):
		return "Other files are being compared.", "Load this page again in a moment."
	case errors.Is(err, context.DeadlineExceeded):
		return "To compare the files took longer than " + figures.Took(compareFor) + ".", byHand
	case errors.Is(err, errRewritten):
		return name + " isn't what the run wrote: another run or somebody has written it since.",
			"To compare runs, let each write a file of its own, with {date} or {tick} in its name."
	case errors.Is(err, preview.ErrUnknown):
		return "Files of this kind aren't compared: csv, ndjson, json, parquet and xlsx are.", ""
	case errors.Is(err, errElsewhere):
		return "The files lie in storage, where this page doesn't look.", "Download both files there, and compare them."
	case errors.Is(err, fs.ErrNotExist):
		return name + " isn't there any more.",
			"keep: of its output says how many files stay; on another node's disk this one can't see it."
	}
	return "The files can't be compared: " + unplaced(err), ""
}

// tell puts what was found onto the page.
func (p *changesPage) tell(r *compare.Result) {
	p.By, p.Came, p.Went, p.Alike, p.Wide = r.By, r.Came, r.Went, r.Same(), r.Wide
	count := func(n int) string { return figures.Grouped(n) }
	p.Counts = []fact{{"Records", count(r.Then) + " → " + count(r.Now)}, {"Added", count(r.Added)}, {"Removed", count(r.Removed)}}
	if r.By != "" {
		p.Counts = append(p.Counts, fact{"Changed", count(r.Changed)})
	}
	for _, f := range r.Fields[:min(len(r.Fields), changedFields)] {
		p.Fields = append(p.Fields, fact{f.Field, figures.Count(f.Records, "record")})
	}
	p.Added, p.Removed, p.MoreChanged = r.AddedRows, r.RemovedRows, r.Changed > len(r.ChangedRows)
	for _, c := range r.ChangedRows {
		record := changedRecord{Key: c.Key, Name: c.Name, Fields: c.Fields}
		if c.More > 0 {
			record.More = "and " + figures.Count(c.More, "more field")
		}
		p.Changed = append(p.Changed, record)
	}
}

// mask takes out what looks like a token of what isn't a value: those are shown
// without.
func (p *changesPage) mask() {
	for _, text := range []*string{&p.Path, &p.OldPath, &p.Note} {
		*text = secret.Mask(*text)
	}
	for i := range p.Others {
		p.Others[i].Name = secret.Mask(p.Others[i].Name)
	}
	for i := range p.Fields {
		p.Fields[i].Name = secret.Mask(p.Fields[i].Name)
	}
	for _, names := range [][]string{p.Came, p.Went} {
		for i, name := range names {
			names[i] = secret.Mask(name)
		}
	}
}
