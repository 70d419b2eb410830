package record

import "github.com/go-json-experiment/json/jsontext"

// NamingKeys are what Speckle calls things by, the most telling first.
var NamingKeys = []string{"name", "title", "fileName", "message", "displayName", "rawText", "email", "id"}

// AppendText adds a text as JSON.
func AppendText(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text) // its error tells of UTF-8 that it mended
	return to
}
