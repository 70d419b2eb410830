package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"speckle-runner/internal/pattern"
)

// minSecret is the shortest secret that is searched for: shorter ones would
// blank ordinary words in every log line.
const minSecret = 6

// shapesOf gives the ways in which a secret shows in a text, each once.
func shapesOf(text string) []string {
	small := hex.EncodeToString([]byte(text))
	shapes := []string{text, backwards(text), small, strings.ToUpper(small), allPercent(small), allPercent(strings.ToUpper(small))}
	if !plain(text) {
		shapes = append(shapes, escapes(text)...)
	}
	for _, coded := range base64Forms(text) {
		shapes = append(shapes, coded, url.QueryEscape(coded))
	}
	slices.SortFunc(shapes, longestFirst)
	return slices.Compact(shapes)
}

// plain reports whether nothing escapes any letter of a text, as of most
// tokens: each run adds one, and escaping it in all ways takes long.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_'
	})
}

// escapes gives a text as string literals, addresses and pages write it.
func escapes(text string) []string {
	shapes := []string{html.EscapeString(text)}
	for _, escaped := range escapedForms(text) {
		// A log line in JSON that quotes an answer in JSON.
		shapes = append(shapes, escaped, jsonString(escaped, true), jsonString(escaped, false))
	}
	for _, percent := range []string{url.QueryEscape(text), url.PathEscape(text)} {
		shapes = append(shapes, percent, lowerPercent(percent))
	}
	return shapes
}

// escapedForms gives a text as string literals write it, without the quotes.
func escapedForms(text string) []string {
	quoted := strconv.Quote(text) // as %q and the console's fields do
	return []string{jsonString(text, true), jsonString(text, false), quoted[1 : len(quoted)-1]}
}

// jsonString is the inside of a JSON string; Go writes < > & as \u003c … there
// unless told otherwise, others don't.
func jsonString(text string, html bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(html)
	_ = encoder.Encode(text) // a string always encodes
	quoted := strings.TrimSuffix(out.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

var percentEscape = pattern.New(`%[0-9A-F]{2}`)

// lowerPercent writes %2F as %2f.
func lowerPercent(text string) string {
	return percentEscape().ReplaceAllStringFunc(text, strings.ToLower)
}

// allPercent escapes every byte, as some do; digits is the text in hex.
func allPercent(digits string) string {
	out := make([]byte, 0, len(digits)*3/2)
	for i := 0; i < len(digits); i += 2 {
		out = append(out, '%', digits[i], digits[i+1])
	}
	return string(out)
}

// inAddress gives base64 the letters that it has in addresses.
var inAddress = strings.NewReplacer("+", "-", "/", "_")

// base64Forms gives what base64 makes of a text. Inside a longer one there are
// three alignments; the middle part of each is the same whatever surrounds it.
func base64Forms(text string) []string {
	var forms []string
	for shift := range 3 {
		padded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + text))
		middle := padded[(shift*8+5)/6 : len(padded)-1]
		if len(middle) >= minSecret {
			forms = append(forms, middle, inAddress.Replace(middle))
		}
	}
	return forms
}

func backwards(text string) string {
	reversed := []rune(text)
	slices.Reverse(reversed)
	return string(reversed)
}

func longestFirst(a, b string) int {
	if len(a) != len(b) {
		return len(b) - len(a)
	}
	return strings.Compare(a, b)
}
