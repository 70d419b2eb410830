package run

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/run/memory"
)

// startMemory begins to note which records this run gives, by hashes. Where those of
// the last good run aren't known, reading begins at that run, without lookback: else its
// records would be given twice.
func (r *reader) startMemory() {
	if r.Job.Lookback == 0 {
		return
	}
	r.memory = &memory.Memory{}
	if r.known == nil && !r.Last.Success.IsZero() {
		r.Log.Info().Msg("what the last good run published isn't known by id: last_success is that run itself, without lookback")
	}
}

// noteKnown hands to the next run the hashes of the records that this one gave.
func (r *reader) noteKnown() {
	if r.memory == nil {
		return
	}
	if r.memory.Left() > 0 {
		r.Log.Info().Int64("records", r.memory.Left()).Msg("read once more, and left out: they were told before")
	}
	if r.memory.Over() {
		r.result.Known = []byte{}
		r.warn(fmt.Sprintf("more than %d records: they can't all be known by id, so the next run reads from this one on, without lookback",
			memory.Most))
		return
	}
	r.result.Known = r.memory.Encode()
}

// newMemory makes the memory of one list that is read by last_success; list names it
// among the lists of the run.
func (r *reader) newMemory(list []byte, newestFirst bool) *memory.Memory {
	if r.Job.Lookback == 0 {
		return nil
	}
	return memory.New(r.known, list, newestFirst)
}

// memoryOfMain makes the memory of a list of the main query; nil where that doesn't
// read by last_success.
func (r *reader) memoryOfMain(list []byte) *memory.Memory {
	job := r.Job
	if !job.ReadsSince() && (job.Select == nil || !job.Select.Uses("last_success")) {
		return nil
	}
	return r.newMemory(list, r.source.newestFirst() && job.Until != nil)
}

// memoryOfItems makes the memory of the for_each query. There is none where the main
// query reads by last_success, too: each item has to be asked again then, and the memory
// of the main query says which of its records are new.
func (r *reader) memoryOfItems(from source) *memory.Memory {
	each := r.Job.ForEach
	if !each.ReadsSince() || r.Job.ReadsSince() || r.Job.Select != nil && r.Job.Select.Uses("last_success") {
		return nil
	}
	return r.newMemory([]byte("for_each"), from.newestFirst() && each.Until != nil)
}

// listOf names the list that an item asks for by its variables, without those that hold
// last_success, which the next run has another value for.
func (r *reader) listOf(variables map[string]jsontext.Value) []byte {
	var list []byte
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !r.Job.VariableByMark(name) {
			list = fmt.Appendf(list, "%s=%s;", name, variables[name])
		}
	}
	return list
}
