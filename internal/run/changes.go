package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/pattern"
)

// namesChanges matches a body program that asks for changes. For a program that has
// the word in a text only, they are looked for in vain.
var namesChanges = pattern.New(`\bchanges\b`)

// tellsChanges reports whether an output says what changed, and whether its program
// asks for that by name; presets, summaries and mail say it only where it is known.
func tellsChanges(out *jobs.Output) (tells, asks bool) {
	switch {
	case out.IsFile():
		return false, false
	case out.Mail != nil:
		return true, false
	case out.Hook.Body != nil:
		asks = namesChanges().MatchString(out.Hook.Body.Text())
		return asks, asks
	case out.Hook.Preset != "":
		return true, false
	default:
		return out.Send == choices.SendSummary && out.OnlyIfChanged, false
	}
}

// comparison serves all outputs that ignore the same fields.
type comparison struct {
	ignore  []string
	outputs []int
	asks    bool // one of them asks for changes by name
	limit   int  // records that are listed, of each kind; below 0: all
}

func comparisons(outputs []jobs.Output) []*comparison {
	var all []*comparison
	for i := range outputs {
		out := &outputs[i]
		tells, asks := tellsChanges(out)
		if !tells {
			continue
		}
		ignore := slices.Compact(slices.Sorted(slices.Values(out.Ignore)))
		at := slices.IndexFunc(all, func(c *comparison) bool { return slices.Equal(c.ignore, ignore) })
		if at < 0 {
			at = len(all)
			all = append(all, &comparison{ignore: ignore, limit: note.MaxChanges})
		}
		c := all[at]
		c.outputs = append(c.outputs, i)
		if asks {
			c.asks, c.limit = true, -1
		}
	}
	return all
}

// ignoring names the ignored fields in a form that any database takes: their names in
// the job file may hold any character.
func (c *comparison) ignoring() string {
	if len(c.ignore) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(c.ignore, "\n")))
	return hex.EncodeToString(sum[:16])
}

// keys gives what the ledger calls the outputs.
func (c *comparison) keys(ledgerKeys []string) []string {
	named := make([]string, len(c.outputs))
	for i, number := range c.outputs {
		named[i] = ledgerKeys[number]
	}
	return named
}

// differ finds what changed.
type differ struct{ *publisher }

// find gives, for each output that says it, what changed since its receiver heard of it
// last, and the tick of that time. It also takes the snapshots that the next run compares
// with. An output is left out where that isn't known, which doesn't fail the run.
func (e *differ) find(ctx context.Context) (found map[int]*diff.Changes, since map[int]time.Time, err error) {
	found, since = map[int]*diff.Changes{}, map[int]time.Time{}
	if e.Snapshots == nil || e.in.alreadyPublished { // nothing is sent, and nothing was read
		return found, since, nil
	}
	incomparable := e.incomparable()
	for _, c := range comparisons(e.Job.Outputs) {
		if incomparable != "" {
			e.explainUnknown(c, incomparable, true)
			continue
		}
		changes, err := e.compareWith(ctx, c, since)
		if failed, is := errors.AsType[*diff.SnapshotError](err); is {
			e.explainUnknown(c, failed.Error(), failed.Unnamed)
		} else if err != nil {
			return nil, nil, fmt.Errorf("output %d: what changed: %w", c.outputs[0]+1, err)
		}
		maps.Copy(found, changes)
	}
	return found, since, nil
}

// explainUnknown says why changes aren't known: as a warning, or, for a reason that
// every run of the job has (usual), in the log only, unless a program asks by name.
func (e *differ) explainUnknown(c *comparison, why string, usual bool) {
	text := fmt.Sprintf("output %d: what changed can't be told: %s", c.outputs[0]+1, why)
	if usual && !c.asks {
		e.Log.Info().Msg(e.words().Text(text))
		return
	}
	e.warn(text)
}

func (e *differ) compareWith(ctx context.Context, c *comparison, since map[int]time.Time) (map[int]*diff.Changes, error) {
	last, err := e.Snapshots(ctx, c.ignoring(), c.keys(e.keys))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.outputs, func(i int) bool { return !e.unchanged[i] || last[e.keys[i]].State == nil }) {
		return nil, nil // no message is sent, and the snapshots in the ledger are still true
	}
	now, err := diff.TakeSnapshot(ctx, e.in.spool.Records(), c.ignore, e.in.recordShape(e.Job))
	if err != nil {
		return nil, err
	}
	state, err := now.Encode()
	if err != nil {
		return nil, err
	}
	e.result.Snapshots = append(e.result.Snapshots, Snapshot{Ignoring: c.ignoring(), State: state, Tick: e.Tick})
	for _, i := range c.outputs {
		since[i] = last[e.keys[i]].Tick
	}
	return e.changesSince(ctx, c, now, last)
}

// changesSince compares an export with what each receiver heard of last. That is of the
// same tick for most of them, so each tick is compared once.
func (e *differ) changesSince(
	ctx context.Context, c *comparison, now *diff.Snapshot, last map[string]Snapshot,
) (map[int]*diff.Changes, error) {
	found := map[int]*diff.Changes{}
	byTick := map[time.Time]*diff.Changes{}
	for _, i := range c.outputs {
		from, is := last[e.keys[i]]
		if !is || e.unchanged[i] {
			continue
		}
		if byTick[from.Tick] == nil {
			changes, err := now.Since(ctx, from.State, c.limit)
			if err != nil {
				return nil, err
			}
			changes.Since = from.Tick
			byTick[from.Tick] = changes
			if len(changes.NotCompared) > 0 {
				e.warn(fmt.Sprintf("output %d: the job asks for other fields than at %s: what changed is told without %s",
					i+1, rfc3339(from.Tick), strings.Join(changes.NotCompared, ", ")))
			}
		}
		found[i] = byTick[from.Tick]
	}
	return found, nil
}
