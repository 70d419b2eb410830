package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Parse reads a schedule: five cron fields, @hourly to @yearly, or @every with
// a duration. An error is always an *Error.
func Parse(text string) (Spec, error) {
	words := split(text)
	if len(words) == 0 {
		return Spec{}, &Error{Message: "the schedule is empty", Hint: "write " + example}
	}
	spec, problem := parseWords(words)
	if problem == nil {
		return spec, nil
	}
	near := strings.HasPrefix(problem.Hint, "did you mean") || strings.HasPrefix(problem.Hint, "write @")
	if hint := spokenHint(words); hint != "" && !near {
		problem = &Error{"a schedule is five fields, and not words", hint, words[0].offset}
	}
	return Spec{}, problem
}

func parseWords(words []word) (Spec, *Error) {
	first := words[0]
	if zone, found := zonePrefix(first.text); found {
		return Spec{}, &Error{"a schedule takes no time zone", zoneHint(zone), first.offset}
	}
	if strings.HasPrefix(first.text, "@") {
		return parseDescriptor(words)
	}
	if problem := checkCount(words); problem != nil {
		return Spec{}, problem
	}
	for i, w := range words {
		if problem := fields[i].check(w); problem != nil {
			return Spec{}, problem
		}
	}
	spec, problem := compile(join(plainWords(words)))
	if problem != nil {
		problem.Offset = first.offset
		return Spec{}, problem
	}
	spec.text = join(words)
	spec.real = strings.HasPrefix(words[1].text, "*") || strings.HasPrefix(words[1].text, "?")
	if spec.Never() {
		return Spec{}, neverComes(words)
	}
	return spec, nil
}

// plainWords writes five fields as robfig/cron takes them.
func plainWords(words []word) []word {
	plain := slices.Clone(words)
	for i, w := range words {
		plain[i].text = fields[i].plain(w)
	}
	return plain
}

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// compile hands a checked spec to robfig/cron, whose parser panics on some input.
func compile(text string) (spec Spec, problem *Error) {
	defer func() {
		if recover() != nil {
			problem = &Error{Message: "the schedule cannot be read", Hint: "write " + example}
		}
	}()
	parsed, err := parser.Parse(text)
	if err != nil {
		return Spec{}, &Error{Message: "the schedule cannot be read", Hint: "write " + example}
	}
	rule, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Spec{}, &Error{Message: "the schedule cannot be read", Hint: "write " + example}
	}
	rule.Location = time.UTC
	return Spec{text: text, rule: *rule}, nil
}

func parseDescriptor(words []word) (Spec, *Error) {
	name := words[0].text
	if name == "@every" {
		return parseEvery(words)
	}
	for _, known := range descriptors {
		if name != known {
			continue
		}
		if len(words) > 1 {
			return Spec{}, &Error{name + " stands alone", "", words[1].offset}
		}
		spec, problem := compile(name)
		spec.real = name == "@hourly"
		return spec, problem
	}
	return Spec{}, &Error{quote(name) + " is not a schedule", descriptorHint(name), words[0].offset}
}

func parseEvery(words []word) (Spec, *Error) {
	if len(words) == 1 {
		return Spec{}, &Error{"@every has no duration", "write @every 15m", words[0].offset}
	}
	if len(words) > 2 {
		return Spec{}, &Error{"@every takes one duration", "write it without spaces: @every 1h30m", words[2].offset}
	}
	given := words[1]
	period, err := time.ParseDuration(given.text)
	switch {
	case err != nil:
		return Spec{}, &Error{quote(given.text) + " is not a duration", durationHint(given.text), given.offset}
	case period < time.Second:
		return Spec{}, &Error{"@every " + quote(given.text) + " is shorter than a second", "the shortest is @every 1s", given.offset}
	case period%time.Second != 0:
		return Spec{}, &Error{"@every " + quote(given.text) + " is not a whole number of seconds", "", given.offset}
	}
	return Spec{text: join(words), every: int64(period / time.Second)}, nil
}

func checkCount(words []word) *Error {
	first := words[0]
	switch len(words) {
	case len(fields):
		return nil
	case len(fields) + 1:
		return &Error{"a schedule has five fields, without seconds: this has six", sixHint(words), first.offset}
	case 1:
		return &Error{quote(first.text) + " is not a schedule", wordHint(first.text), first.offset}
	}
	return &Error{
		fmt.Sprintf("a schedule has five fields: this has %d", len(words)),
		"minute, hour, day of month, month, day of week; for example 30 2 * * *", first.offset,
	}
}

func neverComes(words []word) *Error {
	return &Error{
		"this date never comes: none of these months has such a day",
		fmt.Sprintf("day of month %s, month %s", quote(words[2].text), quote(words[3].text)), words[2].offset,
	}
}

// spokenHint says how a schedule is written that was given in words; "" where they aren't understood.
func spokenHint(words []word) string {
	text := asSpoken(words)
	if text == "" {
		return ""
	}
	spec, problem := parseWords(split(text))
	if problem != nil {
		return ""
	}
	if said := spec.Words(); said != text {
		return fmt.Sprintf("write %q: %s", text, said)
	}
	return fmt.Sprintf("write %q", text)
}

// sixHint suggests what is a schedule only: the sixth field may be one of seconds before
// the five, or one of years behind them.
func sixHint(words []word) string {
	rest, front := join(words[1:]), join(words[:len(words)-1])
	_, restProblem := parseWords(words[1:])
	_, frontProblem := parseWords(words[:len(words)-1])
	switch {
	case restProblem == nil && words[0].text == "0" && len(rest) <= 40:
		return "leave out the first: " + rest
	case restProblem == nil:
		return "leave out the seconds; for less than a minute there is @every 10s"
	case frontProblem == nil && len(front) <= 40:
		return "leave out the last: " + front
	}
	return "write " + example
}
