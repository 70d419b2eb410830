package speckle

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"
)

// maxListed is how many of an answer's errors are kept: a partial page may
// have one for each record.
const maxListed = 100

// envelope is an answer: a GraphQL result, or Speckle's own error. That is a string where it
// comes from the token check, and an object from whatever else runs before GraphQL.
type envelope struct {
	data   jsontext.Value
	errors []GraphQLError
	own    jsontext.Value
	words  said.Words   // makes the server's texts fit to be shown
	query  *query.Query // the question
}

// members reads the three keys that count, which are case-sensitive, and ignores others.
func (e *envelope) members(text []byte) error {
	return split.EachMember(text, func(name string, value jsontext.Value) {
		switch name {
		case "data":
			e.data = value
		case "error":
			e.own = value
		case "errors":
			var entries []json.RawMessage
			if json.Unmarshal(value, &entries) != nil { // no list: an error all the same
				entries = []json.RawMessage{json.RawMessage(value)}
			}
			for _, entry := range entries[:min(len(entries), maxListed)] {
				e.errors = append(e.errors, readGraphQLError(entry, e.words))
			}
		}
	})
}

// ownError gives the text of the singular error, "" when there is none.
func (e *envelope) ownError() string {
	var object struct {
		Message string `json:"message"`
	}
	var text string
	if json.Unmarshal(e.own, &text) == nil {
		return text
	}
	if json.Unmarshal(e.own, &object) == nil && object.Message != "" {
		return object.Message
	}
	return string(e.own)
}

func (e *envelope) hasData() bool { return len(e.data) > 0 && e.data.Kind() != 'n' }

func (e *envelope) hasOwn() bool { return len(e.own) > 0 && e.own.Kind() != 'n' }

func (e *envelope) quoted() string {
	text := ""
	if e.hasOwn() {
		text = e.ownError()
	} else if len(e.errors) > 0 {
		text = e.errors[0].Message
	}
	if text == "" {
		return ""
	}
	return ": " + e.words.Line(text, MaxSaid)
}
