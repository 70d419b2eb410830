package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output"
)

// What an item of a for_each gave is kept until the run ends, so that the next
// attempt asks for the others only.

// unclearError says that a mutation may have been carried out for an item, and
// that nobody knows. It would say so the next time.
type unclearError struct{ what string }

func (e *unclearError) Error() string { return e.what }

// Forget removes what a run's attempts have kept for the next one: there is
// none.
func (r *Runner) Forget(run string) { r.Dir.DropParts(run) }

// openParts finds what earlier attempts have left. It comes before anything is
// sent: that nothing was left tells that another node has tried.
func (e *attempt) openParts() (err error) {
	if e.DryRun {
		return nil
	}
	once := e.mutates()
	if e.Attempt == 1 && !once {
		e.runner.Forget(e.Run) // of another ledger: a first attempt begins at zero
	}
	if e.Job.ForEach == nil {
		return nil
	}
	if e.parts, err = e.runner.Dir.OpenParts(e.Run, once); err != nil {
		return err
	}
	if once && e.Attempt > 1 && !e.parts.Found() {
		return &unclearError{"an earlier attempt may have carried out a part of this mutation, and what it did isn't known on this machine: it isn't done again (look what was done, then start a new run)"}
	}
	return nil
}

// closeParts ends what openParts began. A mutation's notes stay for a while:
// its run is never to do an item twice.
func (e *attempt) closeParts() {
	if e.DryRun {
		return
	}
	e.parts.Close()
	r := e.result
	if _, few := errors.AsType[*ShrinkError](r.Err); few {
		e.runner.Dir.DropPages(e.Run) // the next attempt asks for all of them
	}
	over := r.State == Succeeded || r.State == Failed && (r.Final || e.LastTry)
	if over && !e.mutates() {
		e.runner.Forget(e.Run)
	}
}

func (e *attempt) mutates() bool { return e.Job.Query.Kind == "mutation" }

// partKey names what an item gives: the same job, asking the same, with the
// same variables, from the same record of the for_each.
func (e *attempt) partKey(it item, variables map[string]jsontext.Value) string {
	h := sha256.New()
	add := func(text []byte) { fmt.Fprintf(h, "%d:%s,", len(text), text) }
	add([]byte(e.Job.Query.Hash()))
	if !e.mutates() { // what was done was done, whatever has changed around it
		add([]byte(e.Job.Hash + e.lastSuccess().Format(time.RFC3339Nano) + e.runner.UserAgent))
	}
	add(it.text)
	fmt.Fprintf(h, "%d,", it.again)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		add([]byte(name))
		add(variables[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// partMeta is what is kept of an item beside its records.
type partMeta struct {
	Warnings []string `json:"warnings,omitempty"`
	Known    []byte   `json:"known,omitempty"` // what it told, or left out, by the mark
	Left     int64    `json:"left,omitempty"`
}

// maxPartMeta is how much is kept beside an item's records; the rest of the
// head that it stands in is small.
const maxPartMeta = 900 << 10

// takeOver gives an item that an earlier attempt has done.
func (e *attempt) takeOver(p *part, key string) bool {
	kept, ok := e.parts.Take(key)
	if !ok {
		return false
	}
	var meta partMeta
	if json.Unmarshal(kept.Meta, &meta) != nil {
		return false
	}
	if p.memory != nil && !p.memory.Restore(meta.Known, meta.Left) {
		return false
	}
	p.records, p.stats.Warnings, p.resumed, p.kept = kept.Records, meta.Warnings, kept.At, true
	return true
}

// keep notes what an item gave. A query whose parts can't be kept goes on: it
// is read again, should the run be tried again.
func (e *attempt) keep(p *part, key string) {
	meta := partMeta{Warnings: make([]string, len(p.stats.Warnings))}
	for i, w := range p.stats.Warnings {
		meta.Warnings[i] = e.words().Text(w)
	}
	if p.memory != nil {
		meta.Known, meta.Left = p.memory.Encode(), p.memory.Left()
	}
	text, err := json.Marshal(meta)
	switch {
	case err != nil:
	case len(text) > maxPartMeta:
		err = errors.New("keep what was read: an item tells more records than are noted beside it")
	default:
		err = e.parts.Keep(key, text, p.spool)
	}
	p.kept = err == nil
	if err != nil && e.parts != nil {
		e.keepingFailed(err)
	}
}

// sending notes that an item is about to be sent, when it must not be sent twice.
func (e *attempt) sending(key string) error {
	if !e.mutates() {
		return nil
	}
	if e.parts.State(key) == output.PartSent {
		return &unclearError{"an earlier attempt sent this and doesn't know whether it was carried out: it isn't done again (look what was done, then start a new run)"}
	}
	return e.parts.Note(key, output.PartSent)
}

// turnedAway notes that an item wasn't carried out.
func (e *attempt) turnedAway(key string) {
	if err := e.parts.Note(key, output.PartNotDone); err != nil {
		e.Log.Warn().Str("error", err.Error()).Msg("another attempt won't do this item")
	}
}
