package run

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/speckle"
)

// lastSuccess is what last_success stands for: some time before the last good run,
// where it is known what that run told.
func (e *attempt) lastSuccess() time.Time {
	if e.known == nil || e.Last.Success.IsZero() {
		return e.Last.Success
	}
	return e.Last.Success.Add(-e.Job.Lookback)
}

// recall takes up what the run at the mark has told. Where that isn't known,
// the mark is that run itself: a record told twice is no better than a late one.
func (e *attempt) recall() {
	if e.Job.Lookback == 0 {
		return
	}
	e.told = &memory.Memory{}
	e.known = memory.Of(e.Last.Known)
	if e.known == nil && !e.Last.Success.IsZero() {
		e.Log.Info().Msg("what the last good run told isn't known by id: last_success is that run itself, without lookback")
	}
}

// concludeKnown notes for the next run what this one has told.
func (e *attempt) concludeKnown() {
	if e.told == nil {
		return
	}
	if e.told.Left() > 0 {
		e.Log.Info().Int64("records", e.told.Left()).Msg("read once more, and left out: they were told before")
	}
	if e.told.Over() {
		e.result.Known = []byte{}
		e.warn(fmt.Sprintf("more than %d records: they can't all be known by id, so the next run reads from this one on, without lookback", memory.Most))
		return
	}
	e.result.Known = e.told.Encode()
}

// remember makes the memory of a reading by the mark; list tells the lists of a
// run apart.
func (e *attempt) remember(list []byte, newestFirst bool) *memory.Memory {
	if e.Job.Lookback == 0 {
		return nil
	}
	return memory.New(e.known, list, newestFirst)
}

// rememberOf makes the memory of the main query, of one list of it; nil where
// it doesn't go by the mark.
func (e *attempt) rememberOf(list []byte) *memory.Memory {
	job := e.Job
	if !job.ReadsSince() && (job.Select == nil || !job.Select.Uses("last_success")) {
		return nil
	}
	return e.remember(list, newestFirst(job.Query, job.Until))
}

// rememberItems makes that of the for_each query. Where the main query goes by
// the mark, too, every item has to be asked again: what is new of it is known
// there.
func (e *attempt) rememberItems() *memory.Memory {
	each := e.Job.ForEach
	if !each.ReadsSince() || e.Job.ReadsSince() || e.Job.Select != nil && e.Job.Select.Uses("last_success") {
		return nil
	}
	return e.remember([]byte("for_each"), newestFirst(each.Query, each.Until))
}

func newestFirst(q *speckle.Query, until *jq.Program) bool {
	return until != nil && q.Paging != nil && q.Paging.Order != ""
}

// listOf names the list that an item asks for: by its variables, the mark's own
// left out, for another run has another mark.
func (e *attempt) listOf(variables map[string]jsontext.Value) []byte {
	var list []byte
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !e.Job.VariableByMark(name) {
			list = fmt.Appendf(list, "%s=%s;", name, variables[name])
		}
	}
	return list
}
