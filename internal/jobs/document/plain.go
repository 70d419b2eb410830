package document

import (
	"strings"

	"speckle-runner/internal/pattern"
)

var (
	decimal      = pattern.New(`^[-+]?[0-9]+$`)
	fractional   = pattern.New(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	leadingZero  = pattern.New(`^[-+]?0[0-9]`)
	otherBase    = pattern.New(`^[-+]?0(x[0-9a-fA-F]+|o[0-7]+|b[01]+)$`)
	underscored  = pattern.New(`^[-+]?[0-9][0-9_]*(\.[0-9_]*)?$`)
	notInJSON    = pattern.New(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	plainNull    = pattern.New(`^(~|null|Null|NULL)?$`)
	plainBoolean = pattern.New(`^(true|True|TRUE|false|False|FALSE)$`)
)

// Plain reads an unquoted scalar after YAML 1.2's core schema. Numbers keep
// their digits, dates stay text, and what YAML 1.1 reads as another number is
// unclear: the user has to say which.
func Plain(text string) (k Kind, value, why string) {
	switch {
	case plainNull().MatchString(text):
		return KindNull, "", ""
	case plainBoolean().MatchString(text):
		return KindBoolean, strings.ToLower(text), ""
	case leadingZero().MatchString(text) && fractional().MatchString(text):
		return KindUnclear, text, "a leading zero makes a number octal for some and decimal for others"
	case otherBase().MatchString(text):
		return KindUnclear, text, "JSON has no octal, binary or hexadecimal numbers"
	case strings.Contains(text, "_") && underscored().MatchString(text):
		return KindUnclear, text, "digits with _ are a number for some and text for others"
	case notInJSON().MatchString(text):
		return KindUnclear, text, "JSON has no such number"
	case decimal().MatchString(text):
		return KindNumber, strings.TrimPrefix(text, "+"), ""
	case fractional().MatchString(text):
		return KindNumber, asJSON(text), ""
	default:
		return KindText, text, ""
	}
}

// asJSON adds the digits that JSON wants around a point: .5 and 5. are 0.5 and
// 5.0. All other digits stay as they are.
func asJSON(text string) string {
	text = strings.TrimPrefix(text, "+")
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	if i := strings.IndexByte(text, '.'); i >= 0 && (i+1 == len(text) || text[i+1] == 'e' || text[i+1] == 'E') {
		text = text[:i+1] + "0" + text[i+1:]
	}
	return sign + text
}
