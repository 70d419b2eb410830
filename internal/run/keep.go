package run

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/speckle/version"
)

// What an item of a for_each gave is kept until the run ends, so that the next
// attempt asks for the others only.

// keeper keeps what the attempts of a run have read for each other.
type keeper struct {
	*task
	parts    *kept.Parts // nil: none are kept
	clean    bool        // nothing of an earlier attempt is there
	warnOnce sync.Once   // that keeping failed
	items    int         // of earlier attempts, taken over
	oldest   time.Time   // when the first of those was read
}

// open finds what earlier attempts have left. It comes before anything is sent: a
// mutation's second attempt that finds nothing follows one on another machine.
func (k *keeper) open() (err error) {
	if k.DryRun {
		return nil
	}
	once := k.mutates()
	if k.Attempt == 1 && !once {
		k.runner.Forget(k.Run) // left by a run of another ledger: a first attempt has no earlier one
		k.clean = true
	}
	if k.Job.ForEach == nil {
		return nil
	}
	if k.parts, err = k.runner.Dir.OpenParts(k.Run, once); err != nil {
		return err
	}
	if once && k.Attempt > 1 && !k.parts.Found() {
		return &unclearError{"an earlier attempt may have carried out a part of this mutation, and what it did isn't known on this machine: " +
			"it isn't done again (look what was done, then start a new run)"}
	}
	return nil
}

// close ends what open began. A mutation's notes stay for a while:
// its run is never to do an item twice.
func (k *keeper) close(r *Result) {
	if k.DryRun {
		return
	}
	k.parts.Close()
	if _, few := errors.AsType[*ShrinkError](r.Err); few {
		k.runner.Dir.DropPages(k.Run) // the next attempt asks for all of them
	}
	over := r.State == Succeeded || r.State == Failed && (r.Final || k.LastTry)
	if over && !k.mutates() && (!k.clean || k.runner.Dir.HasParts(k.Run)) {
		k.runner.Forget(k.Run)
	}
}

// partMeta is what is kept of an item beside its records.
type partMeta struct {
	Warnings []string `json:"warnings,omitempty"`
	Known    []byte   `json:"known,omitempty"` // hashes of its records, with lookback
	Left     int64    `json:"left,omitempty"`  // how many records it left out, because an earlier run gave them

	Version *keptVersion      `json:"version,omitempty"` // its records are of it
	Columns []elements.Column `json:"columns,omitempty"`
}

// keptVersion is what is kept of a version: what paths and manifests name.
type keptVersion struct{ Project, Model, ID, CreatedAt string }

func keepVersion(v *version.Version) *keptVersion {
	if v == nil {
		return nil
	}
	return &keptVersion{v.Project, v.Model, v.ID, v.CreatedAt}
}

func (k *keptVersion) version() *version.Version {
	if k == nil {
		return nil
	}
	return &version.Version{Project: k.Project, Model: k.Model, ID: k.ID, CreatedAt: k.CreatedAt}
}

// maxPartMeta is the most bytes of a partMeta. It is a little less than the head of a
// kept part may have.
const maxPartMeta = 900 << 10

// maxKeptColumns is the most columns that are kept of an item. Where there are more, the
// types are found in the data.
const maxKeptColumns = 2048

// takeOver takes the part of an item from an earlier attempt; false: there is none.
func (k *keeper) takeOver(p *part, key string) bool {
	kept, ok := k.parts.Take(key)
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
	p.version, p.columns = meta.Version.version(), meta.Columns
	p.records, p.stats.Warnings, p.resumed, p.kept = kept.Records, meta.Warnings, kept.At, true
	return true
}

// keep keeps the part of an item for later attempts. An error doesn't fail the run: a
// later attempt would read the item again, as it does one that is short, and may be whole then.
func (k *keeper) keep(p *part, key string) {
	if p.stats.Short != nil && !k.mutates() {
		return
	}
	meta := partMeta{Warnings: make([]string, len(p.stats.Warnings)), Version: keepVersion(p.version)}
	if len(p.columns) <= maxKeptColumns {
		meta.Columns = p.columns
	}
	for i, w := range p.stats.Warnings {
		meta.Warnings[i] = k.words().Text(w)
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
		err = k.parts.Keep(key, text, p.spool)
	}
	p.kept = err == nil
	if err != nil && k.parts != nil {
		k.failed(err)
	}
}

// noteSent notes that an item's mutation is about to be sent: it must not be sent twice.
func (k *keeper) noteSent(key string) error {
	if !k.mutates() {
		return nil
	}
	if k.parts.State(key) == kept.PartSent {
		return &unclearError{"an earlier attempt sent this and doesn't know whether it was carried out: it isn't done again (look what was " +
			"done, then start a new run)"}
	}
	return k.parts.Note(key, kept.PartSent)
}

// noteNotDone notes that the server didn't carry out an item's mutation.
func (k *keeper) noteNotDone(key string) {
	if err := k.parts.Note(key, kept.PartNotDone); err != nil {
		k.Log.Warn().Str("error", err.Error()).Msg("another attempt won't do this item")
	}
}

// failed logs, once, that what was read can't be kept for another attempt.
func (k *keeper) failed(err error) {
	k.warnOnce.Do(func() {
		k.Log.Warn().Str("error", err.Error()).Msg("another attempt would have to begin at the beginning")
	})
}

// countTaken counts an item that an earlier attempt had read.
func (k *keeper) countTaken(at time.Time) {
	k.items++
	if k.oldest.IsZero() || at.Before(k.oldest) {
		k.oldest = at
	}
}
