package preview

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// unescaped reads the escapes of a workbook's texts (ST_Xstring of ECMA-376): _xHHHH_
// stands for what XML can't hold, and _x005F_ for an underscore that would begin one.
func unescaped(text string) string {
	at := strings.Index(text, "_x")
	if at < 0 {
		return text
	}
	var plain strings.Builder
	for ; at >= 0; at = strings.Index(text, "_x") {
		plain.WriteString(text[:at])
		text = text[at:]
		first, is := escape(text)
		if !is {
			plain.WriteByte('_')
			text = text[1:]
			continue
		}
		text = text[escapeSize:]
		if second, is := escape(text); is && utf16.IsSurrogate(first) {
			if both := utf16.DecodeRune(first, second); both != '\uFFFD' {
				first, text = both, text[escapeSize:]
			}
		}
		plain.WriteRune(first) // half a pair becomes U+FFFD
	}
	return plain.String() + text
}

const escapeSize = len("_xHHHH_")

// escape reads the escape that a text begins with.
func escape(text string) (rune, bool) {
	if len(text) < escapeSize || text[:2] != "_x" || text[escapeSize-1] != '_' {
		return 0, false
	}
	code, err := strconv.ParseUint(text[2:escapeSize-1], 16, 16)
	return rune(code), err == nil
}
