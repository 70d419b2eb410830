package spelling

// Nearest gives the known word that a written one was meant to be: one that is the
// same once both are folded, else the first of those with the fewest mistakes, which
// are fewer than limit; "" is none.
func Nearest(written string, known []string, fold func(string) string, limit int) string {
	best := ""
	for _, word := range known {
		folded := fold(word)
		if folded == written {
			return word
		}
		if longer := len(folded) - len(written); longer >= limit || -longer >= limit {
			continue // as many mistakes at least
		}
		if d := Distance(written, folded); d < limit {
			best, limit = word, d
		}
	}
	return best
}
