package secret

import "strings"

// minHalf is the shortest beginning of a secret that is taken for one where a
// text was cut: it is longer than a token's id, which may be shown.
const minHalf = 12

// withoutHalves takes out the beginnings of secrets that somebody else has
// cut: before a mark that says that something is left out, and at the end.
func (r *Redactor) withoutHalves(text string) string {
	var out strings.Builder
	for {
		before, mark, after := atMark(text)
		bare := strings.TrimRight(before, " ")
		out.WriteString(r.withoutHalf(bare))
		out.WriteString(before[len(bare):] + mark)
		if mark == "" {
			return out.String()
		}
		text = after
	}
}

// atMark splits a text at the first mark in it.
func atMark(text string) (before, mark, after string) {
	for _, m := range []string{"…", "..."} {
		if b, a, found := strings.Cut(text, m); found && (mark == "" || len(b) < len(before)) {
			before, mark, after = b, m, a
		}
	}
	if mark == "" {
		return text, "", ""
	}
	return before, mark, after
}

// withoutHalf takes the longest beginning of a secret from a text's end.
func (r *Redactor) withoutHalf(text string) string {
	if len(text) < minHalf {
		return text
	}
	last, half := text[len(text)-minHalf:], 0
	for _, shape := range r.shapes {
		for end := minHalf; end < len(shape); end++ {
			at := strings.Index(shape[end-minHalf:], last)
			if at < 0 {
				break
			}
			end += at
			if end < len(shape) && strings.HasSuffix(text, shape[:end]) {
				half = max(half, end)
			}
		}
	}
	if half == 0 {
		return text
	}
	return text[:len(text)-half] + Redacted
}
