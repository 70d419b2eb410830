package speckle

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/split"
)

// stands decides whether an answer with errors, or with nulls in place of records, is taken.
func (rd *reading) stands() error {
	x := rd.call
	if partial := x.partial; partial != nil {
		if !rd.KeepPartial || !x.taken {
			return refusedPartial(partial, rd.cameNothing())
		}
		for _, e := range partial.Errors {
			rd.warnf("%s: %s", rd.Query.ReadablePath(e.Path), e.Message)
		}
		return nil
	}
	if !x.taken {
		return rd.missing()
	}
	if p := rd.Query.Paging; p != nil && rd.nulls > 0 {
		return rd.lost(append(slices.Clone(p.Path), p.Items), rd.nulls, x.items)
	}
	err := cmp.Or(rd.root, rd.holed())
	if err != nil && rd.Query.Paging == nil && rd.KeepPartial && len(rd.Query.Root().Children) > 1 && !rd.void {
		rd.warnf("%s", err) // the other fields are kept
		return nil
	}
	return err
}

// cameNothing reports whether there is nothing in an answer but nulls.
func (rd *reading) cameNothing() bool {
	if rd.Query.Paging == nil {
		return rd.void
	}
	return rd.call.items == rd.nulls && holdsNothing(rd.call.answer.data)
}

// refusedPartial makes the error for a partial answer: of the kind of its entries, where that
// says what a person can do, else Partial.
func refusedPartial(partial *Error, nothing bool) *Error {
	e := *partial
	if e.Kind == InvalidQuery {
		e.Kind = Partial
	}
	if nothing {
		e.Message = "no data came: " + e.Message
	} else {
		e.Message = "the answer is partial: " + e.Message
	}
	return &e
}

// missing names the first null, or absent, value on the way to the records.
func (rd *reading) missing() error {
	p := rd.Query.Paging
	if p == nil {
		return &Error{Kind: BadAnswer, Status: 200, Path: "data", Message: "data isn't what the query asks for"}
	}
	at, value := []string{}, rd.call.answer.data
	for _, key := range append(append([]string{}, p.Path...), p.Items) {
		at = append(at, key)
		value = split.Member(value, key)
		if value == nil || value.Kind() != '{' {
			break
		}
	}
	path := strings.Join(at, ".")
	what := isNull
	if value == nil {
		what = isAbsent
	} else if value.Kind() != 'n' {
		what = isOther
	}
	if len(at) == 1 && rd.Query.Root().Child(at[0]).Name == "activeUser" {
		return noUser(path)
	}
	if err := rd.nullObject(rd.call.answer.data); err != nil {
		return err
	}
	return &Error{Kind: BadAnswer, Status: 200, Path: path, Message: rd.without(at, what) + "there are no records to read", Hint: existsHint}
}

// noUser is the error for an activeUser that is null: the server gives no error to a request
// without a token.
func noUser(path string) *Error {
	return &Error{Kind: TokenRefused, Status: 200, Path: path, Message: path + " is null: the server saw no token",
		Hint: "is the token set, and does a proxy remove the Authorization header?"}
}

// nullRoot finds what is null in an unpaged answer and must not be.
func (rd *reading) nullRoot(data []byte) error {
	if err := rd.nullUser(data); err != nil {
		return err
	}
	return rd.nullObject(data)
}

// nullUser finds a root activeUser that is null in an unpaged answer.
func (rd *reading) nullUser(data []byte) error {
	for _, n := range rd.Query.Root().Children {
		if n.Name == "activeUser" && split.Member(data, n.Key).Kind() == 'n' {
			return noUser(n.Key)
		}
	}
	return nil
}

// holdsNothing reports whether there is no value in a JSON text but null, in
// objects and lists of whatever depth.
func holdsNothing(text []byte) bool {
	in := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := in.ReadToken()
		if err != nil {
			return true // its end
		}
		switch token.Kind() {
		case '{', '}', '[', ']', 'n':
		case '"':
			if kind, n := in.StackIndex(in.StackDepth()); kind != '{' || n%2 == 0 {
				return false
			}
		default:
			return false
		}
	}
}
