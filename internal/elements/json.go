package elements

import "unicode/utf8"

const hex = "0123456789abcdef"

// appendText appends s as a JSON string. What isn't UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendEscaped(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	default:
		return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}

// appendTextOrNull appends s, and null for none.
func appendTextOrNull(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendText(b, s)
}

// appendValue appends a value; a number that isn't one is null.
func appendValue(b []byte, v Value) []byte {
	switch {
	case v.Kind == Absent || !v.finite():
		return append(b, "null"...)
	case v.Kind == Text:
		return appendText(b, v.Text)
	case v.Kind == Number:
		return appendNumber(b, v.Number)
	case v.Boolean:
		return append(b, "true"...)
	default:
		return append(b, "false"...)
	}
}
