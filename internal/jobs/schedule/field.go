package schedule

import (
	"strconv"
	"strings"
)

// field is one of the five fields of a cron spec.
type field struct {
	name, unit string
	low, high  int
	top        int      // the highest value that is taken: beyond high it is low again
	names      []string // of low and those after it, in lower case
}

const (
	minuteField = iota
	hourField
	domField
	monthField
	dowField
)

var fields = [...]field{
	minuteField: {name: "minute", unit: "minutes", low: 0, high: 59, top: 59},
	hourField:   {name: "hour", unit: "hours", low: 0, high: 23, top: 23},
	domField:    {name: "day of month", unit: "days", low: 1, high: 31, top: 31},
	monthField: {name: "month", unit: "months", low: 1, high: 12, top: 12, names: []string{
		"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
	}},
	dowField: {name: "day of week", unit: "days", low: 0, high: 6, top: 7, names: []string{
		"sun", "mon", "tue", "wed", "thu", "fri", "sat",
	}},
}

// digits reads a whole number without a sign.
func digits(text string) (int, bool) {
	if strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
