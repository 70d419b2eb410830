package speckle

import (
	"fmt"
	"strings"

	"speckle-runner/internal/said"
)

// without begins the message of a place in which something is missing.
func (rd *reading) without(path []string, what string) string {
	return fmt.Sprintf("%s %s, without an error beside it: ", rd.Query.Told(path), what)
}

// doomed reports whether the page under way won't stand, whatever errors follow:
// select isn't run on it, which would say less of why.
func (rd *reading) doomed() bool {
	return !rd.KeepPartial && (rd.root != nil || len(rd.check.holes) > 0)
}

const existsHint = "does it exist, and may the token see it?"

// holed gives the error of a hole, nil where there is none.
func (rd *reading) holed() error {
	if len(rd.check.holes) == 0 {
		return nil
	}
	h := rd.check.holes[0]
	switch {
	case h.of > 0:
		return rd.lost(h.path, h.nulls, h.of)
	case h.empty:
		return &Error{Kind: BadAnswer, Status: 200, Path: "data", Message: "data holds nothing of what the query asks for"}
	}
	return &Error{
		Kind: BadAnswer, Status: 200, Path: strings.Join(h.path, "."),
		Message: rd.without(h.path, h.what) + "Speckle's schema says that it is always there", Hint: existsHint,
	}
}

// lost says that records came as null, and nothing why.
func (rd *reading) lost(path []string, nulls, of int) error {
	are := "are null, without an error beside them"
	if nulls == 1 {
		are = "is null, without an error beside it"
	}
	return &Error{
		Kind: BadAnswer, Status: 200, Path: strings.Join(path, "."),
		Message: fmt.Sprintf("%s: %d of %s %s", rd.Query.Told(path), nulls, said.Count(of, "record"), are),
		Hint:    "the server lost them, or the token may not see them and the server doesn't say so",
	}
}
