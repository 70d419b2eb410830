package run

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/run/memory"
)

// recall takes up what the run at the mark has told. Where that isn't known,
// the mark is that run itself: a record told twice is no better than a late one.
func (r *reader) recall() {
	if r.Job.Lookback == 0 {
		return
	}
	r.told = &memory.Memory{}
	if r.known == nil && !r.Last.Success.IsZero() {
		r.Log.Info().Msg("what the last good run told isn't known by id: last_success is that run itself, without lookback")
	}
}

// concludeKnown notes for the next run what this one has told.
func (r *reader) concludeKnown() {
	if r.told == nil {
		return
	}
	if r.told.Left() > 0 {
		r.Log.Info().Int64("records", r.told.Left()).Msg("read once more, and left out: they were told before")
	}
	if r.told.Over() {
		r.result.Known = []byte{}
		r.warn(fmt.Sprintf("more than %d records: they can't all be known by id, so the next run reads from this one on, without lookback",
			memory.Most))
		return
	}
	r.result.Known = r.told.Encode()
}

// remember makes the memory of a reading by the mark; list tells the lists of a
// run apart.
func (r *reader) remember(list []byte, newestFirst bool) *memory.Memory {
	if r.Job.Lookback == 0 {
		return nil
	}
	return memory.New(r.known, list, newestFirst)
}

// rememberOf makes the memory of the main query, of one list of it; nil where
// it doesn't go by the mark.
func (r *reader) rememberOf(list []byte) *memory.Memory {
	job := r.Job
	if !job.ReadsSince() && (job.Select == nil || !job.Select.Uses("last_success")) {
		return nil
	}
	return r.remember(list, r.source.newestFirst() && job.Until != nil)
}

// rememberItems makes that of the for_each query. Where the main query goes by
// the mark, too, every item has to be asked again: what is new of it is known
// there.
func (r *reader) rememberItems(from source) *memory.Memory {
	each := r.Job.ForEach
	if !each.ReadsSince() || r.Job.ReadsSince() || r.Job.Select != nil && r.Job.Select.Uses("last_success") {
		return nil
	}
	return r.remember([]byte("for_each"), from.newestFirst() && each.Until != nil)
}

// listOf names the list that an item asks for: by its variables, the mark's own
// left out, for another run has another mark.
func (r *reader) listOf(variables map[string]jsontext.Value) []byte {
	var list []byte
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !r.Job.VariableByMark(name) {
			list = fmt.Appendf(list, "%s=%s;", name, variables[name])
		}
	}
	return list
}
