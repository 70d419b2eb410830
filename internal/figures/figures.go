// Package figures writes numbers for people: counts, sizes, durations. It never
// reads one, and what programs read (JSON, metrics, job files) isn't written here.
package figures

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// Count counts things: "1 page", "3 pages", "625,000 pages".
func Count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Grouped(n) + " " + thing + "s"
}

// Grouped writes a number in groups of three digits: 625,000.
func Grouped[N int | int64](n N) string { return humanize.Comma(int64(n)) }

// Size writes bytes, with one decimal where there are a thousand or more: so
// that sizes in a column compare, which humanize's two digits don't.
func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1e3, "kB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if value < 1000 {
			break
		}
		value, unit = value/1000, next
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}

// Took writes how long something took.
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}

// Tries counts tries.
func Tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}
