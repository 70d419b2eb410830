package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"speckle-runner/internal/pattern"
)

// asSpoken gives the schedule that was said in words, such as "every day at 6", "6am" or
// "täglich 06:00"; "" where a word isn't understood, since half a schedule would be
// another one.
func asSpoken(words []word) string {
	text := strings.ToLower(join(words))
	if amazon, found := strings.CutPrefix(text, "cron("); found {
		if parts := strings.Fields(strings.TrimSuffix(amazon, ")")); len(parts) == len(fields)+1 {
			return strings.Join(parts[:len(fields)], " ")
		}
		return ""
	}
	if rate, found := strings.CutPrefix(text, "rate("); found {
		text = "every " + strings.TrimSuffix(rate, ")")
	}
	text = strings.NewReplacer(",", " ", "@", " ", "o'clock", "uhr", "a.m.", "am", "p.m.", "pm").Replace(text)
	s := &spoken{said: vocabulary(), parts: strings.Fields(text)}
	for len(s.parts) > 0 {
		if !s.take() {
			return ""
		}
	}
	return s.written()
}

// spoken is what has been understood of a schedule in words.
type spoken struct {
	said    lexicon
	parts   []string // those still to be read
	clock   bool     // a word such as "at" was before this one: a bare number is an hour
	minutes []int
	hours   []int
	days    string // the field of the days of the week
	date    string // the day of the month
	every   string // the whole schedule of "every 15 minutes"
	usual   string // minute and hour that a word such as "nightly" stands for
}

var (
	spokenTime  = pattern.New(`^([01]?[0-9]|2[0-4])(?:[:.h]([0-5][0-9]))?(am|pm|uhr|h)?$`)
	spokenDate  = pattern.New(`^([1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)$`)
	spokenEvery = pattern.New(`^([1-9][0-9]{0,3})(s|m|h)$`)
)

// take reads the next word, or the next few that belong together.
func (s *spoken) take() bool {
	part := s.parts[0]
	clock := s.clock
	s.clock = false
	switch {
	case slices.Contains(s.said.clock, part):
		s.clock = true
		s.parts = s.parts[1:]
		return true
	case slices.Contains(s.said.fill, part):
		s.clock = clock
		s.parts = s.parts[1:]
		return len(s.parts) == 0 || !slices.Contains(s.said.every, part) || s.takeEvery()
	case s.said.usual[part] != "":
		s.usual = s.said.usual[part]
		s.parts = s.parts[1:]
		return true
	case spokenDate().MatchString(part):
		s.parts = s.parts[1:]
		s.date = spokenDate().FindStringSubmatch(part)[1]
		return true
	}
	return s.takeDays(part) || s.takeTime(part, clock)
}

// takeEvery reads what follows "every" where that is a length of time; all else is left.
func (s *spoken) takeEvery() bool {
	number, rest := 1, s.parts
	var unit string
	if m := spokenEvery().FindStringSubmatch(rest[0]); m != nil {
		number, _ = strconv.Atoi(m[1])
		unit, rest = m[2], rest[1:]
	} else {
		n, whole := digits(rest[0])
		if whole && len(rest) > 1 {
			number, rest = n, rest[1:]
		}
		unit = s.said.units[rest[0]]
		if unit == "" {
			return !whole // a day, as in "every monday", or another word
		}
		rest = rest[1:]
	}
	s.parts = rest
	return s.setEvery(number, unit)
}

func (s *spoken) setEvery(n int, unit string) bool {
	again := s.every != ""
	switch {
	case unit == "d" && n == 1:
		s.usual = usualDay
		return true
	case unit == "h" && n == 24:
		s.every = "@daily"
	case unit == "h" && n == 1:
		s.every = "@hourly"
	case unit == "h" && n < 24 && 24%n == 0:
		s.every = fmt.Sprintf("0 */%d * * *", n)
	case unit == "d", n < 1:
		return false
	default:
		s.every = fmt.Sprintf("@every %d%s", n, unit)
	}
	return !again
}

func (s *spoken) takeDays(part string) bool {
	from, to, isRange := strings.Cut(part, "-")
	rest := s.parts[1:]
	if !isRange && len(rest) > 1 && slices.Contains(s.said.to, rest[0]) {
		to, isRange, rest = rest[1], true, rest[2:]
	}
	field := s.said.days[from]
	switch {
	case field == "":
		return false
	case isRange:
		last := s.said.days[to]
		if len(field) > 1 || len(last) != 1 || last < field {
			return false
		}
		field += "-" + last
	}
	s.parts = rest
	if s.days != "" {
		field = s.days + "," + field
	}
	s.days = field
	return true
}

func (s *spoken) takeTime(part string, clock bool) bool {
	m := spokenTime().FindStringSubmatch(part)
	if m == nil {
		return false
	}
	rest := s.parts[1:]
	half := m[3]
	if half == "" && len(rest) > 0 && slices.Contains([]string{"am", "pm", "uhr", "h"}, rest[0]) {
		half, rest = rest[0], rest[1:]
	}
	if m[2] == "" && half == "" && !clock {
		return false // a number, and of what isn't said
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	switch {
	case (half == "am" || half == "pm") && (hour == 0 || hour > 12):
		return false
	case half == "am" || half == "pm":
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	s.parts = rest
	s.hours, s.minutes = append(s.hours, hour%24), append(s.minutes, minute)
	s.clock = true // as in "at 7 and 13"
	return true
}

// written gives the schedule, or "" where what was said doesn't go together.
func (s *spoken) written() string {
	timed := len(s.hours) > 0
	switch {
	case s.every != "" && !timed && s.days == "" && s.date == "" && s.usual == "":
		return s.every
	case s.every != "", s.days != "" && s.date != "", !timed && s.usual == "" && s.days == "" && s.date == "":
		return ""
	}
	at := s.usual
	if timed {
		slices.Sort(s.minutes)
		if s.minutes[0] != s.minutes[len(s.minutes)-1] {
			return ""
		}
		slices.Sort(s.hours)
		if s.usual == usualEvening && s.hours[len(s.hours)-1] < 12 {
			return "" // "6 in the evening" is 18, and "at 6, evenings" may be both
		}
		var hours []string
		for _, h := range slices.Compact(s.hours) {
			hours = append(hours, strconv.Itoa(h))
		}
		at = fmt.Sprintf("%d %s", s.minutes[0], strings.Join(hours, ","))
	}
	either := func(field, all string) string {
		if field == "" {
			return all
		}
		return field
	}
	return strings.Join([]string{either(at, usualDay), either(s.date, "*"), "*", either(s.days, "*")}, " ")
}

// usualDay is the time of day of who says none: at night, as in the example.
const (
	usualDay     = "30 2"
	usualEvening = "0 18"
)

// lexicon is the words that are understood: English ones, and some German and French.
type lexicon struct {
	clock, every, fill, to []string
	usual, units, days     map[string]string
}

// vocabulary is made when it is asked for: hardly any process needs it.
func vocabulary() lexicon {
	l := lexicon{
		clock: []string{"at", "um", "à", "gegen", "from"},
		every: []string{"every", "each", "jede", "jeden", "jeder", "alle", "chaque", "toutes", "tous"},
		fill: []string{
			"on", "the", "in", "am", "and", "und", "et", "le", "la", "les", "of", "local", "time", "once", "a", "einmal", "uhr", "run", "der",
		},
		to: []string{"to", "bis", "till", "until", "through", "-", "–"},
		usual: map[string]string{
			"day": usualDay, "days": usualDay, "daily": usualDay, "tag": usualDay, "tage": usualDay, "täglich": usualDay, "jours": usualDay,
			"jour": usualDay, "night": usualDay, "nightly": usualDay, "nacht": usualDay, "nachts": usualDay, "midnight": "0 0", "mitternacht": "0 0",
			"morning": "0 6", "mornings": "0 6", "morgen": "0 6", "morgens": "0 6", "matin": "0 6",
			"noon": "0 12", "midday": "0 12", "mittags": "0 12",
			"evening": usualEvening, "evenings": usualEvening, "abend": usualEvening, "abends": usualEvening, "soir": usualEvening,
		},
		units: map[string]string{
			"second": "s", "seconds": "s", "sec": "s", "sekunde": "s", "sekunden": "s",
			"minute": "m", "minutes": "m", "min": "m", "mins": "m", "minuten": "m",
			"hour": "h", "hours": "h", "hrs": "h", "stunde": "h", "stunden": "h", "heure": "h", "heures": "h",
			"day": "d", "days": "d", "tag": "d", "tage": "d", "jour": "d", "jours": "d",
		},
		days: daysSpoken(),
	}
	l.fill = append(l.fill, l.every...)
	return l
}

// daysSpoken has the names of the days of the week, each with its number in a schedule.
func daysSpoken() map[string]string {
	all := map[string]string{
		"weekday": "1-5", "weekdays": "1-5", "workday": "1-5", "workdays": "1-5", "werktags": "1-5", "werktag": "1-5",
		"weekend": "0,6", "weekends": "0,6", "wochenende": "0,6", "week": "1", "weekly": "1", "woche": "1", "wöchentlich": "1", "samstag": "6",
	}
	for _, names := range []string{
		"sonntag montag dienstag mittwoch donnerstag freitag sonnabend", "so mo di mi do fr sa",
		"dimanche lundi mardi mercredi jeudi vendredi samedi",
	} {
		for i, name := range strings.Fields(names) {
			all[name], all[name+"s"] = strconv.Itoa(i), strconv.Itoa(i)
		}
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		all[name], all[name+"s"], all[name[:3]] = strconv.Itoa(int(d)), strconv.Itoa(int(d)), strconv.Itoa(int(d))
	}
	return all
}
