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

// querySource gives the records of a GraphQL operation: the job's own, or that of its
// for_each.
type querySource struct {
	*query.Query
	reader *reader
	given  []jobs.Variable
	each   bool // it runs for every item, whose values become variables
}

func (q *querySource) hash() string                           { return q.Hash() }
func (q *querySource) single() bool                           { return q.Paging == nil }
func (q *querySource) columns() []query.Column                { return q.Columns() }
func (q *querySource) columnsAt(path []string) []query.Column { return q.ColumnsAt(path) }
func (q *querySource) newestFirst() bool                      { return q.Paging != nil && q.Paging.Order != "" }

func (q *querySource) typeOf([]string) string { return "" } // its columns have their types
func (q *querySource) typesFrom() string      { return "as Speckle's schema has it" }

// noun is the name of the list that is paged.
func (q *querySource) noun() string {
	if p := q.Paging; p != nil && len(p.Path) > 0 {
		return p.Path[len(p.Path)-1]
	}
	return ""
}

// unsure is false for fields of the query: they may be null, but they are there.
func (q *querySource) unsure(place jq.Origin) bool {
	reach := q.Reach(place.Data, place.Path)
	return reach.Missing || reach.Free
}

func (q *querySource) fill(it item) (map[string]jsontext.Value, error) {
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
func (q *querySource) merge(variables map[string]jsontext.Value, it item) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(it.text, &given); err != nil {
		return err
	}
	for _, v := range q.Variables {
		if value, ok := given[v.Name]; ok {
			if err := q.ownedBy(v.Name, value); err != nil {
				return err
			}
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

// ownedBy refuses what would begin a list behind its first page, or end it there: as
// validate does where variables say so.
func (q *querySource) ownedBy(name string, value json.RawMessage) error {
	switch text := string(value); {
	case q.Paging == nil || text == "null":
	case name == q.Paging.CursorVar:
		return fmt.Errorf("its %s would be the first page's cursor, so the pages before it would be left out: let select leave it out", name)
	case name == q.Paging.LimitVar && (text == "0" || strings.HasPrefix(text, "-")):
		return fmt.Errorf("its %s is %s: pages of %s records would never end", name, text, text)
	}
	return nil
}

// read asks the server, page by page.
func (q *querySource) read(ctx context.Context, list *reading) (speckle.Stats, error) {
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

// askedFor adds the text values of the query's variables to an error about something
// not found.
func (q *querySource) askedFor(err error, variables map[string]jsontext.Value) error {
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
		shown = append(shown, "$"+name+" = "+shownValue(name, text, q.reader.words()))
	}
	if len(shown) == 0 {
		return err
	}
	return &askedError{err, strings.Join(shown, ", ")}
}
