package placeholder

import (
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/pattern"
)

// Otherwise is a placeholder as shells and other programs write it: here it is a part of
// the text.
type Otherwise struct {
	Col     int    // in characters, from 1
	Written string // ${date}
	Meant   string // {date}
	Sure    bool   // also outside of paths, where < and % have meanings of their own
}

var (
	otherwise = pattern.New(`(?i:(\$\{|\{\{ *\$?|[$<%])` +
		`(job|tick|date|time|year|month|day|offset|run|last_success(?::[^{}]*)?|version(?:\.model)?|each(?:\.[a-z_]\w*)+)` +
		`( *\}\}|[}>%]|\b))` +
		`|%F\b|%Y[-_.]?%m[-_.]?%d|%T\b|%H[-_.]?%M[-_.]?%S|%[Ymd]\b` +
		`|(?:\bYYYY[-_.]?MM[-_.]?DD|\byyyy[-_.]?(?:MM|mm)[-_.]?dd|\bJJJJ[-_.]?MM[-_.]?TT)\b`)
	// ends says what a name ends with that begins so.
	ends = map[string]string{"${": "}", "{{": "}}", "{{$": "}}", "$": "", "<": ">", "%": "%"}
	// ofCode says what a code of strftime is here, by its last letter.
	ofCode = map[byte]string{'F': "{date}", 'T': "{time}", 'S': "{time}", 'Y': "{year}", 'm': "{month}", 'd': "{day}"}
)

// Chance says that it is a single code, % and a letter, which a name may have anyway.
func (o Otherwise) Chance() bool { return len(o.Written) == 2 }

// FindOtherwise gives what in a text was hardly meant to stand there as it is written.
func FindOtherwise(text string) (all []Otherwise) {
	for _, at := range otherwise().FindAllStringSubmatchIndex(text, -1) {
		one := Otherwise{Col: 1 + utf8.RuneCountInString(text[:at[0]]), Written: text[at[0]:at[1]]}
		switch {
		case at[2] < 0 && strings.HasPrefix(one.Written, "%Y") && len(one.Written) > 2:
			one.Meant = "{date}"
		case at[2] < 0 && one.Written[0] != '%':
			one.Meant = "{date}"
		case at[2] < 0:
			one.Meant = ofCode[one.Written[len(one.Written)-1]]
		default:
			begins, end := plain(text[at[2]:at[3]]), plain(text[at[6]:at[7]])
			// {{{date}}} is a date in braces.
			if ends[begins] != end || begins[0] == '{' && strings.HasSuffix(text[:at[0]], "{") {
				continue
			}
			one.Meant, one.Sure = named(text[at[4]:at[5]]), strings.Contains(begins, "{")
		}
		all = append(all, one)
	}
	return all
}

// plain is a bracket without the spaces within it.
func plain(bracket string) string { return strings.ReplaceAll(bracket, " ", "") }

// named writes a placeholder by its name, in whatever letters that is; a record's field and
// a default keep their own.
func named(name string) string {
	end := len(name)
	if i := strings.IndexAny(name, ".:"); i >= 0 && !strings.EqualFold(name, ofModel) {
		end = i
	}
	return "{" + strings.ToLower(name[:end]) + name[end:] + "}"
}
