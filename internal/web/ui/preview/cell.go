package preview

// Cell is a value of a record, as a text for people. Null, or a field that a record
// doesn't have, is the zero one: an empty text is another value.
type Cell struct {
	Text string
	Has  bool
}

func (c Cell) String() string { return c.Text }

// Empty reports whether the value is a text of no characters.
func (c Cell) Empty() bool { return c.Has && c.Text == "" }

// textOf makes the cell of a text.
func textOf(text string) Cell { return Cell{text, true} }

// texts gives what cells show, as the names of columns are read.
func texts(cells []Cell) []string {
	all := make([]string, len(cells))
	for i, c := range cells {
		all[i] = c.Text
	}
	return all
}
