package speckle

import "fmt"

// nameless counts the records that came without an id, though the query asks for it. They
// are taken as they come in the first reading. In another reading it couldn't be seen which
// of them came before, so there is no other reading.
type nameless struct {
	page, all int64 // in the page under way, and in the pages that count
	again     bool  // it is another reading
}

// take counts a record, and reports whether it may be delivered.
func (n *nameless) take(id []byte) bool {
	if identifies(id) {
		return true
	}
	if !n.again {
		n.page++
	}
	return !n.again
}

func (n *nameless) commit() {
	n.all += n.page
	n.page = 0
}

// warning says what isn't known because of them.
func (n *nameless) warning(path string) string {
	if n.all == 1 {
		return path + ": 1 record came without an id: whether it is there twice can't be told"
	}
	return fmt.Sprintf("%s: %d records came without an id: whether they are there twice can't be told", path, n.all)
}

// identifies reports whether an id, given as JSON, is a number or a text that isn't empty.
func identifies(id []byte) bool {
	if len(id) == 0 {
		return false
	}
	if c := id[0]; c != '"' {
		return c == '-' || '0' <= c && c <= '9'
	}
	return len(id) > 2
}
