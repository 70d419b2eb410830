package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output"
)

// Snapshot is what of an export the ledger keeps, for a later run to tell what
// changed.
type Snapshot struct {
	Ignoring string    // the fields that were left out, as a name; "" is none
	Tick     time.Time // of the run that took it
	State    []byte
}

// namesChanges finds a body program that asks for what changed. One that has
// the word in a text only has it found out for nothing.
var namesChanges = regexp.MustCompile(`\bchanges\b`)

// tellsChanges reports whether an output says what changed. A program asks for
// it by name; a preset and a summary say it where it can be known.
func tellsChanges(out *jobs.Output) (tells, asks bool) {
	switch {
	case out.IsFile():
		return false, false
	case out.Hook.Body != nil:
		asks = namesChanges.MatchString(out.Hook.Body.Text())
		return asks, asks
	case out.Hook.Preset != "":
		return true, false
	default:
		return out.Send == "summary" && out.OnlyIfChanged, false
	}
}

// comparison is what the outputs that ignore the same fields share.
type comparison struct {
	ignore  []string
	outputs []int
	asks    bool // one of them asks for changes by name
	limit   int  // records that are listed, of each kind; below 0: all
}

func (e *attempt) comparisons() []*comparison {
	var all []*comparison
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		tells, asks := tellsChanges(out)
		if !tells {
			continue
		}
		ignore := slices.Compact(slices.Sorted(slices.Values(out.Ignore)))
		at := slices.IndexFunc(all, func(c *comparison) bool { return slices.Equal(c.ignore, ignore) })
		if at < 0 {
			at = len(all)
			all = append(all, &comparison{ignore: ignore, limit: output.MaxChangeNames})
		}
		c := all[at]
		c.outputs = append(c.outputs, i)
		if asks {
			c.asks, c.limit = true, -1
		}
	}
	return all
}

// ignoring names the fields that are left out: any text can be in a job file,
// and not any text in a database.
func (c *comparison) ignoring() string {
	if len(c.ignore) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(c.ignore, "\n")))
	return hex.EncodeToString(sum[:16])
}

// keys names the outputs for the ledger.
func (c *comparison) keys(e *attempt) []string {
	named := make([]string, len(c.outputs))
	for i, number := range c.outputs {
		named[i] = e.keys[number]
	}
	return named
}

// changes finds for each output that tells it what changed since its receiver
// was told last, and notes for the next run what is published now. An output
// that isn't in it doesn't know. What can't be compared is no fault of the run.
func (e *attempt) changes(ctx context.Context) (map[int]*output.Changes, error) {
	found := map[int]*output.Changes{}
	if e.since = map[int]time.Time{}; e.Snapshots == nil {
		return found, nil
	}
	incomparable := e.incomparable()
	for _, c := range e.comparisons() {
		if incomparable != "" {
			e.cantTell(c, incomparable, true)
			continue
		}
		changes, err := e.compareWith(ctx, c)
		if failed, is := errors.AsType[*output.SnapshotError](err); is {
			e.cantTell(c, failed.Error(), failed.Unnamed)
		} else if err != nil {
			return nil, fmt.Errorf("output %d: what changed: %w", c.outputs[0]+1, err)
		}
		maps.Copy(found, changes)
	}
	return found, nil
}

// incomparable says why records that aren't in the export may be there all the
// same: then nothing is told, and the next whole export is compared with the
// last one.
func (e *attempt) incomparable() string {
	switch {
	case e.skipped > 0 || e.holes:
		return "the export has holes, as the other warnings say"
	case e.onlyNew():
		return "the job reads only what is new"
	default:
		return ""
	}
}

// onlyNew reports whether the job reads less than there is, by a condition or
// by the mark of its last good run.
func (e *attempt) onlyNew() bool {
	programs := []*jq.Program{e.Job.Select}
	variables := [][]jobs.Variable{e.Job.Variables}
	until := e.Job.Until != nil
	if each := e.Job.ForEach; each != nil {
		programs, variables = append(programs, each.Select), append(variables, each.Variables)
		until = until || each.Until != nil
	}
	return until || slices.ContainsFunc(programs, func(p *jq.Program) bool { return p != nil && p.Uses("last_success") }) ||
		slices.ContainsFunc(variables, e.goByTheMark)
}

// goByTheMark reports whether variables hold {last_success}: another mark makes
// others of them.
func (e *attempt) goByTheMark(variables []jobs.Variable) bool {
	values := e.values(nil)
	if len(e.items) > 0 {
		values = e.values(e.items[0].values)
	}
	at := func(mark int64) map[string]jsontext.Value {
		values.LastSuccess = time.Unix(mark, 0)
		expanded, err := jobs.Expand(variables, values)
		if err != nil {
			return nil // they hold what isn't known here, and were good before
		}
		return expanded
	}
	return !maps.EqualFunc(at(1), at(2), func(a, b jsontext.Value) bool { return string(a) == string(b) })
}

// cantTell says why changes aren't known. What is so for every run of a job is
// worth a warning where a program asks by name; of a preset or a summary only
// the log has it.
func (e *attempt) cantTell(c *comparison, why string, usual bool) {
	text := fmt.Sprintf("output %d: what changed can't be told: %s", c.outputs[0]+1, why)
	if usual && !c.asks {
		e.Log.Info().Msg(e.words().Text(text))
		return
	}
	e.warn(text)
}

func (e *attempt) compareWith(ctx context.Context, c *comparison) (map[int]*output.Changes, error) {
	last, err := e.Snapshots(ctx, c.ignoring(), c.keys(e))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.outputs, func(i int) bool { return !e.unchanged[i] || last[e.keys[i]].State == nil }) {
		return nil, nil // nothing is sent, and what was kept is what there is now
	}
	now, err := output.TakeSnapshot(ctx, e.spool.Records(), c.ignore, e.recordShape())
	if err != nil {
		return nil, err
	}
	state, err := now.Encode()
	if err != nil {
		return nil, err
	}
	e.result.Snapshots = append(e.result.Snapshots, Snapshot{Ignoring: c.ignoring(), State: state, Tick: e.Tick})
	for _, i := range c.outputs {
		e.since[i] = last[e.keys[i]].Tick
	}
	return e.changesSince(ctx, c, now, last)
}

// changesSince compares an export with what each receiver was told last. Mostly
// that is the same for all.
func (e *attempt) changesSince(
	ctx context.Context, c *comparison, now *output.Snapshot, last map[string]Snapshot,
) (map[int]*output.Changes, error) {
	found := map[int]*output.Changes{}
	byTick := map[time.Time]*output.Changes{}
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

// recordShape names what decides which fields records have.
func (e *attempt) recordShape() string {
	shape := e.Job.Query.Hash()
	if e.Job.Select != nil {
		shape += "\n" + e.Job.Select.Text()
	}
	sum := sha256.Sum256([]byte(shape))
	return hex.EncodeToString(sum[:])
}

// noun is what people call the records: the name of the list that is paged.
func (e *attempt) noun() string {
	if p := e.Job.Query.Paging; p != nil && len(p.Path) > 0 {
		return p.Path[len(p.Path)-1]
	}
	return ""
}

// changesValue gives changes to a program; nil is null.
func changesValue(c *output.Changes) (any, error) {
	if c == nil {
		return nil, nil
	}
	value := map[string]any{"since": rfc3339(c.Since), "not_compared": texts(c.NotCompared)}
	for kind, list := range map[string]output.ChangeList{"added": c.Added, "removed": c.Removed, "changed": c.Changed} {
		records := make([]any, len(list.Records))
		for i, r := range list.Records {
			id, err := jq.Decode(r.ID)
			if err != nil {
				return nil, err
			}
			record := map[string]any{"id": id, "name": r.Name}
			if kind == "changed" {
				record["fields"] = texts(r.Fields)
			}
			records[i] = record
		}
		value[kind] = records
	}
	return value, nil
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, text := range list {
		values[i] = text
	}
	return values
}
