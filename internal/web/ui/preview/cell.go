package preview

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Cell is a value of a record, as a text for people. Null, or a field that a record
// doesn't have, is the zero one: an empty text is another value.
type Cell struct {
	Text string
	Has  bool
	// Quoted: a text that without its quotes would be a number, a truth, a list or an
	// object, in a file that tells them apart. In a CSV all are texts.
	Quoted bool
}

func (c Cell) String() string { return c.Text }

// Empty reports whether the value is a text of no characters.
func (c Cell) Empty() bool { return c.Has && c.Text == "" }

// textOf makes the cell of a text.
func textOf(text string) Cell { return Cell{Text: text, Has: true} }

// typedText makes it of a text in a file that has types.
func typedText(text string) Cell {
	other := text != "" && strings.IndexByte("-0123456789tf{[", text[0]) >= 0 && jsontext.Value(text).IsValid()
	return Cell{Text: text, Has: true, Quoted: other}
}

// texts gives what cells show, as the names of columns are read.
func texts(cells []Cell) []string {
	all := make([]string, len(cells))
	for i, c := range cells {
		all[i] = c.Text
	}
	return all
}
