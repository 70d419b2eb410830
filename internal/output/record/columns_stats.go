package record

import (
	"bytes"
	"context"
	"slices"
)

// Stats is what one reading of the records tells of a column.
type Stats struct {
	want   Kind
	typed  bool              // want is its type
	soft   bool              // the type gives way
	misfit bool              // a value doesn't fit it
	seen   [columnKinds]bool // by kind, where the type may give way
	large  bool              // an integer that a float64 would change
	Width  int               // characters of the longest value, up to MaxWidth
}

// Known gives what is known of columns before the records are read. all: each has
// a type that doesn't give way, so there is nothing that they could tell.
func Known(columns []Column) (stats []Stats, all bool) {
	stats, all = make([]Stats, len(columns)), true
	for i, c := range columns {
		stats[i].want, stats[i].typed = kindOfType(c.Type)
		stats[i].soft = c.Soft
		all = all && stats[i].holds() && !c.Soft
	}
	return stats, all
}

// StatsOf reads all records and looks at every cell. A value that doesn't
// fit a type that is to hold is an error.
func StatsOf(ctx context.Context, r Records, columns []Column) ([]Stats, error) {
	stats, _ := Known(columns)
	var workers []*statsWorker
	err := Beside(ctx, r, func() *statsWorker {
		worker := &statsWorker{columns: columns, rows: NewRowReader(columns), stats: slices.Clone(stats)}
		workers = append(workers, worker)
		return worker
	}, func(*statsWorker) error { return nil })
	for _, worker := range workers {
		for i := range stats {
			stats[i].join(worker.stats[i])
		}
	}
	return stats, err
}

// statsWorker looks at some of the records.
type statsWorker struct {
	columns []Column
	rows    *RowReader
	stats   []Stats
}

// Record looks at each cell of a record.
func (w *statsWorker) Record(s *Scanner) (full bool, err error) {
	if err := w.rows.Read(s); err != nil {
		return false, err
	}
	for i := range w.rows.Cells {
		kind, text := w.rows.Cell(i)
		if kind == CellNull {
			continue
		}
		if what := w.stats[i].see(kind, text); what != "" && w.columns[i].Checked {
			return false, Misfit(w.columns, i, what)
		}
	}
	return false, nil
}

// join adds what others have seen.
func (c *Stats) join(other Stats) {
	c.misfit, c.large = c.misfit || other.misfit, c.large || other.large
	c.Width = max(c.Width, other.Width)
	for kind, seen := range other.seen {
		c.seen[kind] = c.seen[kind] || seen
	}
}

// see takes a value, and says what it is when it doesn't fit the type.
func (c *Stats) see(kind CellKind, text []byte) (what string) {
	if c.Width < MaxWidth && c.Width < len(text) { // no text is wider than its bytes
		c.Width = max(c.Width, TextWidth(text))
	}
	if c.typed {
		what = c.want.Misfit(kind, text)
		c.misfit = c.misfit || what != ""
		if !c.soft {
			return what
		}
	}
	c.infer(kind, text)
	return what
}

// infer notes what an untyped column would have to be for this value.
func (c *Stats) infer(kind CellKind, text []byte) {
	switch kind {
	case CellBool:
		c.seen[KindBool] = true
	case CellNumber:
		c.number(text)
	case CellText:
		if c.seen[KindText] {
			return // it can't become anything else
		}
		_, ok := Instant(text)
		c.seen[KindTime] = c.seen[KindTime] || ok
		c.seen[KindText] = !ok
	default:
		c.seen[KindText] = true
	}
}

func (c *Stats) number(text []byte) {
	if kind := short(text); kind != KindText {
		c.seen[kind] = true
		return
	}
	if n, ok := integer(text); ok {
		c.seen[KindInt] = true
		c.large = c.large || n > maxExact || n < -maxExact
		return
	}
	if _, ok := Float(text); ok && bytes.ContainsAny(text, ".eE") {
		c.seen[KindFloat] = true
		return
	}
	c.seen[KindText] = true // beyond 64 bits: only text keeps it
}

// short tells the kind of a number of few digits, whose value doesn't matter for
// it; KindText of others.
func short(text []byte) Kind {
	const few = 15 // digits that both kinds hold
	kind, digits := KindInt, text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > few || len(text) > len(digits) && digits[0] == '0' {
		return KindText // -0.5, of which Float tells, and -0
	}
	for i, c := range digits {
		switch {
		case c >= '0' && c <= '9':
		case c == '.' && kind == KindInt && i > 0 && i+1 < len(digits):
			kind = KindFloat
		default:
			return KindText
		}
	}
	return kind
}

// Kind decides what a column is: its type, which keeps the schema the same from
// day to day, also on the day when all values of a double are whole, and when
// there is no value. Without one it is what the values are; those that don't
// fit each other make the column text: nothing is lost.
func (c *Stats) Kind() Kind {
	if c.holds() {
		return c.want
	}
	found := 0
	for _, seen := range c.seen {
		if seen {
			found++
		}
	}
	numbers := c.seen[KindInt] || c.seen[KindFloat]
	switch {
	case found == 1 && c.seen[KindInt]:
		return KindInt
	case numbers && !c.large && !c.seen[KindText] && !c.seen[KindBool] && !c.seen[KindTime]:
		return KindFloat
	case found == 1 && c.seen[KindBool]:
		return KindBool
	case found == 1 && c.seen[KindTime]:
		return KindTime
	default:
		return KindText
	}
}

// holds reports whether the column is of its type.
func (c *Stats) holds() bool { return c.typed && (!c.soft || !c.misfit) }

// known reports whether there is more to the column's kind than that it had no
// value to tell it.
func (c *Stats) known() bool { return c.holds() || c.seen != [columnKinds]bool{} }

// Settled gives the columns with the types that they were written with; "" of
// one that had neither a type nor a value: the next export decides.
func Settled(columns []Column, stats []Stats) []Column {
	typed := make([]Column, len(columns))
	for i, c := range columns {
		c.Type = ""
		if stats[i].known() {
			c.Type = columnTypes[stats[i].Kind()]
		}
		typed[i] = c
	}
	return typed
}

// InferTypes reads all records and gives each column that has no type the one
// that they give it: for several files that have to be alike.
func InferTypes(ctx context.Context, r Records, columns []Column) ([]Column, error) {
	loose := make([]Column, len(columns))
	for i, c := range columns {
		c.Checked = false // whoever writes the file tells which record of it doesn't fit
		loose[i] = c
	}
	stats, err := StatsOf(ctx, r, loose)
	if err != nil {
		return nil, err
	}
	typed := Settled(columns, stats)
	for i := range typed {
		typed[i].Soft = false
	}
	return typed, nil
}
