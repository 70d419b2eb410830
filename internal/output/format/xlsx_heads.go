package format

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"speckle-runner/internal/output/record"
)

// maxHead is the longest head of a table's column, in UTF-16 units.
const maxHead = 255

// buttonWidth is what the head's button for filters hides of its text.
const buttonWidth = 3

func headWidth(head string) int { return record.TextWidth([]byte(head)) + buttonWidth }

// tableHeads makes heads of columns' names. Excel repairs a table whose heads
// are empty, too long, on two lines, or the same but for their case.
func tableHeads(names []string) []string {
	heads := make([]string, len(names))
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		plain := strings.Map(headRune, name)
		if strings.TrimSpace(plain) == "" {
			plain = "Column" + strconv.Itoa(i+1)
		}
		head := cutHead(plain, "")
		for n := 2; seen[sameHead(head)]; n++ {
			head = cutHead(plain, fmt.Sprintf(" (%d)", n))
		}
		seen[sameHead(head)] = true
		heads[i] = head
	}
	return heads
}

// headRune keeps a head on one line, and fit for an attribute in XML.
func headRune(r rune) rune {
	if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == 0xfffe || r == 0xffff {
		return ' '
	}
	return r
}

// sameHead is the same for heads that Excel may take for the same: it looks at
// neither case nor width, and past what can't be seen.
func sameHead(head string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, head)
	return cases.Fold().String(norm.NFKC.String(seen))
}

// cutHead cuts a head that is too long, where its end stands.
func cutHead(head, end string) string {
	if utf16Len([]byte(head))+len(end) <= maxHead {
		return head + end
	}
	end = "…" + end
	left := maxHead - utf16Len([]byte(end))
	for i, r := range head {
		if left -= utf16.RuneLen(r); left < 0 {
			return head[:i] + end
		}
	}
	return head + end
}
