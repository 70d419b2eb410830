package ui

// What the templates of parts.html show, and several pages have.

// fact is something with a name.
type fact struct{ Name, Text string }

// step is a state that a run, or one of its messages, came to.
type step struct {
	Mark, Word string
	At         moment
	Text       string // how long it took, or why
}
