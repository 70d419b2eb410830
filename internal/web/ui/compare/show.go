package compare

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web/ui/preview"
)

// show reads the first records of each kind once more: of the others a hash is
// all that there is.
func (d *difference) show(ctx context.Context, then, now File) error {
	d.added, d.removed, d.changed = few(d.added), few(d.removed), few(d.changed)
	var oldAt, newAt []int
	for _, record := range d.changed {
		oldAt, newAt = append(oldAt, record.was), append(newAt, record.is)
	}
	old, err := fetch(ctx, then, slices.Concat(d.removed, oldAt))
	if err != nil {
		return err
	}
	latest, err := fetch(ctx, now, slices.Concat(d.added, newAt))
	if err != nil {
		return err
	}
	if d.result.By == "" { // what went and what came may differ in that alone
		for _, rows := range []map[int][]preview.Cell{old, latest} {
			for _, row := range rows {
				for i := range row {
					row[i].Text = quoted(row[i])
				}
			}
		}
	}
	d.result.RemovedRows = tableOf(d.was.columns, old, d.removed, d.result.Removed)
	d.result.AddedRows = tableOf(d.is.columns, latest, d.added, d.result.Added)
	for _, record := range d.changed {
		d.result.ChangedRows = append(d.result.ChangedRows, d.change(record, old[record.was], latest[record.is]))
	}
	return nil
}

func few[T any](all []T) []T { return all[:min(len(all), maxShown)] }

// fetch reads some records of a file, by their number.
func fetch(ctx context.Context, f File, wanted []int) (map[int][]preview.Cell, error) {
	found := map[int][]preview.Cell{}
	if len(wanted) == 0 {
		return found, nil
	}
	wanted = slices.Sorted(slices.Values(wanted))
	at, n := 0, 0
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	err := preview.Each(f, f.Path, f.Size, preview.Bounds{Bytes: MaxBytes, Columns: maxColumns}, func(_ []string, row []preview.Cell) bool {
		if row == nil {
			return true
		}
		if n == wanted[at] {
			found[n] = visible(row)
			at++
		}
		n++
		return at < len(wanted) && (n%1024 != 0 || ctx.Err() == nil)
	})
	if err == nil {
		err = context.Cause(ctx)
	}
	return found, err
}

// visible copies a record, with a sign for what a page doesn't show: texts may differ
// in how their lines end alone.
func visible(row []preview.Cell) []preview.Cell {
	row = slices.Clone(row)
	for i := range row {
		row[i].Text = strings.ReplaceAll(row[i].Text, "\r", "␍")
	}
	return row
}

// change shows a record's fields that differ.
func (d *difference) change(record pair, was, is []preview.Cell) Change {
	c := Change{Key: preview.Cut(cellAt(is, d.is.column(d.result.By)).Text)}
	if at := slices.IndexFunc(d.is.columns, func(name string) bool { return strings.EqualFold(name, "name") }); at >= 0 {
		c.Name = preview.Cut(cellAt(is, at).Text)
	}
	for _, column := range d.differing(record) {
		if len(c.Fields) == maxFields {
			c.More++
			continue
		}
		before, after := cellAt(was, column.was), cellAt(is, column.is)
		before.Text, after.Text = apart(secret.Mask(before.Text), secret.Mask(after.Text))
		if before.Text == after.Text && before.Has && after.Has {
			before.Text, after.Text = quoted(before), quoted(after)
		}
		c.Fields = append(c.Fields, Field{d.is.columns[column.is], before, after})
	}
	return c
}

// quoted shows a text that looks like a number, or another value, as a text.
func quoted(c preview.Cell) string {
	if c.Quoted {
		return `"` + c.Text + `"`
	}
	return c.Text
}

func cellAt(row []preview.Cell, column int) preview.Cell {
	if column >= 0 && column < len(row) {
		return row[column]
	}
	return preview.Cell{}
}

// around is how much is shown before the place where two long values part.
const around = 60

// apart shortens two values so that the place where they part is seen.
func apart(was, is string) (string, string) {
	at := 0
	for at < len(was) && at < len(is) && was[at] == is[at] {
		at++
	}
	if at <= 2*around {
		return preview.Cut(was), preview.Cut(is)
	}
	for at -= around; at > 0 && !utf8.RuneStart(was[at]); {
		at--
	}
	return "…" + preview.Cut(was[at:]), "…" + preview.Cut(is[at:])
}

// tableOf shows records in the order in which they are asked for.
func tableOf(columns []string, rows map[int][]preview.Cell, order []int, all int) preview.Table {
	t := preview.Table{Columns: columns, More: all > len(order)}
	for _, n := range order {
		t.Rows = append(t.Rows, rows[n])
	}
	return t.Shown()
}
