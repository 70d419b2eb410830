package output

import "github.com/go-json-experiment/json/jsontext"

// namingKeys are what Speckle calls things by, the most telling first.
var namingKeys = []string{"name", "title", "fileName", "message", "displayName", "rawText", "email", "id"}

// appendText adds a text as JSON.
func appendText(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text) // its error tells of UTF-8 that it mended
	return to
}
