package speckle

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// timeOf reads a cursor that is a time, as it is or in base64; "" for others.
func timeOf(cursor jsontext.Value) string {
	var text string
	if json.Unmarshal(cursor, &text) != nil {
		return ""
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	if _, err := time.Parse(time.RFC3339, string(decoded)); err == nil {
		return string(decoded)
	}
	return ""
}

// justAfter gives a cursor that is a millisecond later; nil: the cursor is no time.
func justAfter(cursor jsontext.Value) jsontext.Value {
	at, err := time.Parse(time.RFC3339, timeOf(cursor))
	if err != nil {
		return nil
	}
	text := at.Add(time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
	var written string
	if json.Unmarshal(cursor, &written) == nil && written != timeOf(cursor) {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	later, _ := json.Marshal(text) // a string
	return later
}
