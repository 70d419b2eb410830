package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// asked is the source that a GraphQL operation is: the job's, or the one of its
// for_each.
type asked struct {
	*query.Query
	reader *reader
	given  []jobs.Variable
	each   bool // it is asked for every item, whose values become variables
}

func (q *asked) hash() string                           { return q.Hash() }
func (q *asked) single() bool                           { return q.Paging == nil }
func (q *asked) columns() []query.Column                { return q.Columns() }
func (q *asked) columnsAt(path []string) []query.Column { return q.ColumnsAt(path) }
func (q *asked) newestFirst() bool                      { return q.Paging != nil && q.Paging.Order != "" }

func (q *asked) typeOf([]string) string { return "" } // columns says it
func (q *asked) typesFrom() string      { return "as Speckle's schema has it" }

// noun is the name of the list that is paged.
func (q *asked) noun() string {
	if p := q.Paging; p != nil && len(p.Path) > 0 {
		return p.Path[len(p.Path)-1]
	}
	return ""
}

// unsure: a field of the query may well be null everywhere, but it is there.
func (q *asked) unsure(place jq.Origin) bool {
	reach := q.Reach(place.Data, place.Path)
	return reach.Missing || reach.Free
}

func (q *asked) fill(it item) (map[string]jsontext.Value, error) {
	variables, err := jobs.Expand(q.given, q.reader.values(it.values))
	if err != nil || !q.each {
		return variables, err
	}
	if variables == nil {
		variables = map[string]jsontext.Value{}
	}
	return variables, q.merge(variables, it)
}

// merge adds an item's values as variables: those that the query declares.
func (q *asked) merge(variables map[string]jsontext.Value, it item) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(it.text, &given); err != nil {
		return err
	}
	for _, v := range q.Variables {
		if value, ok := given[v.Name]; ok {
			variables[v.Name] = jsontext.Value(value)
		}
		if q.Paging != nil && (v.Name == q.Paging.CursorVar || v.Name == q.Paging.LimitVar) {
			continue
		}
		if _, set := variables[v.Name]; !set && v.NonNull && !v.HasDefault {
			return fmt.Errorf("the query needs $%s, which neither variables nor the item has", v.Name)
		}
	}
	return nil
}

// read asks the server, page by page.
func (q *asked) read(ctx context.Context, list *reading) (speckle.Stats, error) {
	r := q.reader
	request := speckle.Request{
		Query: q.Query, Variables: list.variables,
		KeepPartial: r.Job.OnPartial == choices.PartialKeep,
		Complete:    r.Job.Complete != choices.CompleteOff,
		Until:       list.until,
		Budget:      r.budget,
		Progress:    list.progress,
		GoesOn:      list.goesOn,
	}
	pages := r.openPages(q.Query, list)
	pages.into(&request)
	stats, err := r.client.Read(ctx, request, list.sink)
	pages.close(stats, err)
	if err != nil {
		err = q.askedFor(err, list.variables)
	}
	return stats, err
}

// askedFor names the text values of a query's variables in an error that says
// that there is nothing for them.
func (q *asked) askedFor(err error, variables map[string]jsontext.Value) error {
	failed, typed := errors.AsType[*speckle.Error](err)
	if !typed || failed.Kind != speckle.NotFound && failed.Kind != speckle.NoAccess {
		return err
	}
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		var text string
		if json.Unmarshal(variables[name], &text) != nil || q.Paging != nil && name == q.Paging.CursorVar {
			continue // numbers and flags name nothing
		}
		if len(shown) == maxAskedValues {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, "$"+name+" = "+plainly(name, text, q.reader.words()))
	}
	if len(shown) == 0 {
		return err
	}
	return &askedError{err, strings.Join(shown, ", ")}
}
