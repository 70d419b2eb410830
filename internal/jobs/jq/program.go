// Package jq compiles and runs a job's jq programs on records. A program sees
// its input and the runner's variables only: no environment, no files, no
// modules, no other records. It never runs on after its context has ended, and
// it is stopped before it fills the memory.
//
// Two readings follow values through a program's text, and they are two ideas. What it
// looks at (looks.go) goes through every part, through conditions and arguments, too: it
// notes places of the record and of $data, and leaves out those that may be missing.
// What comes out (outputs.go) goes only where outputs come from, and joins what branches
// give: keys, types, null. A condition is looked at and gives nothing; of a value with a
// default the one says nothing, and the other what both sides have in common.
//
// What a program can do nevertheless: `now` reads the machine's clock, so a
// program that names it doesn't give the same twice. And
// gojq looks at the context between its steps only, never inside one: a single
// native step on a large value (`sort` of a million items, a regular expression
// over megabytes, `"x" * 1e9`, which gojq ends at 2 GiB only, `.[500000000] = 1`)
// is neither cut short nor kept from its memory, and a value nested millions
// deep overflows Go's stack in `tojson`, which nothing can catch.
package jq

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/itchyny/gojq"
)

// Program is one compiled jq program. It is safe for use by several goroutines.
type Program struct {
	text  string
	query *gojq.Query
	uses  map[string]bool
	now   bool
	made  shape
	reads [][]string

	looks  []Origin
	makes  map[string]Origin
	passes bool

	// codes holds *compiled. A goroutine takes one for itself: gojq's del
	// writes to constants of the code (the value that is there already), which
	// two goroutines may not do at once.
	codes sync.Pool
}

// Compile parses and checks a program.
func Compile(text string) (*Program, *Problem) {
	if p := tooMuch(text); p != nil {
		return nil, p
	}
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, parseProblem(text, err)
	}
	found, deep := namesOf(query)
	if deep {
		return nil, tooDeep(text)
	}
	if p := refused(text, query, found); p != nil {
		return nil, p
	}
	code, err := compile(query)
	if err != nil {
		return nil, compileProblem(text, found, err)
	}
	p := &Program{text: text, query: query, uses: found.used(), now: found.calls("now"), made: madeBy(query, found), reads: readsOf(query)}
	p.looks, p.makes, p.passes = tracing(query, found)
	p.codes.Put(code)
	return p, nil
}

func compile(query *gojq.Query) (*compiled, error) {
	c := &compiled{}
	code, err := gojq.Compile(withDates(query),
		gojq.WithVariables(variables),
		gojq.WithFunction(momentName, 0, 0, func(value any, _ []any) any { return seconds(value) }),
		gojq.WithFunction(localName, 0, 0, c.localtime),
		gojq.WithFunction(formatName, 1, 1, c.strflocaltime),
		gojq.WithFunction("input_filename", 0, 0, func(any, []any) any { return nil }),
	)
	c.Code = code
	return c, err
}

// Text gives the program as it was written.
func (p *Program) Text() string { return p.text }

// Uses reports whether the program names a variable, "data" for $data.
func (p *Program) Uses(name string) bool { return p.uses["$"+name] }

// GoesByTime reports whether the program looks at what time it is: of one and the same
// record it may give something else tomorrow.
func (p *Program) GoesByTime() bool { return p.now || p.Uses("tick") || p.Uses("last_success") }

// Keys gives the keys of the objects that the program makes, in the order in
// which they are written, when that is plain to see: each output is an object
// written out at the program's end, all with the same keys.
func (p *Program) Keys() (keys []string, plain bool) {
	return append([]string(nil), p.made.keys...), p.made.keys != nil
}

// Sources gives for the keys of the objects that the program makes where their
// values are from: {id, by: .author.name}. Keys whose values are computed
// aren't in it.
func (p *Program) Sources() map[string]Source { return maps.Clone(p.made.fields) }

// Reads gives the paths of the input that the program reads, [author name] for
// .author.name, where that is plain to see: what stands behind a pipe or inside
// of a call is left out.
func (p *Program) Reads() [][]string { return slices.Clone(p.reads) }

// Looks gives the places that the program looks at, each with its parents,
// where that is plain to see, in the order of the program. A value with a
// default, as .name // "none", isn't among them: it may be missing.
func (p *Program) Looks() []Origin { return slices.Clone(p.looks) }

// Makes gives the origin of each key of the objects that the program makes,
// where it is plain to see.
func (p *Program) Makes() map[string]Origin { return p.makes }

// Passes reports whether all that the program gives are records as they came.
func (p *Program) Passes() bool {
	return p.passes || p.made.source.Field && len(p.made.source.Path) == 0
}

// Run gives what the program makes of one input: one value, none or many. The
// first error is the last thing that it gives. How many values and bytes are
// enough is for the caller to say. The input may be written to, as Vars.Data. A
// value may be a part of the input or of the program: whoever keeps one beyond
// the loop keeps its JSON.
func (p *Program) Run(ctx context.Context, input any, vars Vars) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, stopped(err))
			return
		}
		code, _ := p.codes.Get().(*compiled)
		if code == nil {
			var err error
			if code, err = compile(p.query); err != nil {
				yield(nil, runtimeError(err))
				return
			}
		}
		code.zone = vars.Zone
		if code.zone == nil {
			code.zone = time.UTC
		}
		w := &watch{Context: ctx}
		values := code.RunWithContext(w, input, vars.Data, vars.Each, vars.Job, moment(vars.Tick), moment(vars.LastSuccess), vars.Version)
		for {
			value, more, err := next(values)
			if err != nil && w.ended != nil {
				err = w.ended
			}
			if !more {
				break
			}
			if !yield(value, err) || err != nil {
				break
			}
		}
		p.codes.Put(code)
	}
}

// next takes one value. gojq gives errors as values, and a panic of its own
// (none is known) would take the whole service down.
func next(values gojq.Iter) (value any, more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, more, err = nil, true, panicked(p)
		}
	}()
	value, more = values.Next()
	if failed, is := value.(error); is && more {
		return nil, true, runtimeError(failed)
	}
	return value, more, nil
}
