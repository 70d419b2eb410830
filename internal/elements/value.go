package elements

import (
	"math"
	"strconv"
	"strings"
)

// Numeric is a number as somebody wrote it. One that a double can't hold stays the text that it is;
// small reports whether it is below the largest that there is.
func Numeric(text string) (v Value, small bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !keeps(n, text) {
		return Value{Kind: Text, Text: strings.Clone(text)}, err == nil
	}
	return Value{Kind: Number, Number: n}, true
}

// keeps reports whether a double has all digits of a whole number: an id or a stamp with
// others is another one.
func keeps(n float64, text string) bool {
	const safe = 15 // digits that it always has
	return len(text) <= safe || strings.ContainsAny(text, ".eE") || strconv.FormatFloat(n, 'f', -1, 64) == text
}

// String is the value as text: a number in its shortest exact form.
func (v Value) String() string {
	switch v.Kind {
	case Text:
		return v.Text
	case Number:
		return string(appendNumber(nil, v.Number))
	case Boolean:
		return strconv.FormatBool(v.Boolean)
	default:
		return ""
	}
}

// Equal says whether two values are the same: numbers and booleans by what they
// are, values of two kinds by their text, so that a room's number 101 is found
// whether it was written as text or not.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind {
		return v.String() == w.String()
	}
	switch v.Kind {
	case Number:
		return v.Number == w.Number
	case Boolean:
		return v.Boolean == w.Boolean
	default:
		return v.Text == w.Text
	}
}

// finite says whether a value can be in a table: a number that isn't one can't.
func (v Value) finite() bool {
	return v.Kind != Number || !math.IsNaN(v.Number) && !math.IsInf(v.Number, 0)
}

// exponents of JavaScript's notation, which JSON readers know.
const (
	leastPlain = 1e-6
	mostPlain  = 1e21
)

// appendNumber appends the shortest form that is exactly the number.
func appendNumber(b []byte, n float64) []byte {
	if n == 0 {
		return append(b, '0') // a zero below zero is a zero
	}
	if size := math.Abs(n); size < leastPlain || size >= mostPlain {
		return strconv.AppendFloat(b, n, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, n, 'f', -1, 64)
}

// unitWords writes the ways of one unit as one.
var unitWords = strings.NewReplacer("²", "2", "³", "3")

// sameUnit says whether two units are one: m2 is m².
func sameUnit(a, b string) bool {
	return a == b || unitWords.Replace(a) == unitWords.Replace(b)
}
