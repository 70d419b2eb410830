package said_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

const token = "0123456789abcdef0123456789abcdef0123456789"

// shapes are what echoes make of a secret.
func shapes(text string) map[string]string {
	reversed := []rune(text)
	slices.Reverse(reversed)
	percent := ""
	for _, b := range []byte(text) {
		percent += fmt.Sprintf("%%%02x", b)
	}
	return map[string]string{
		"raw": text, "reversed": string(reversed), "hex": hex.EncodeToString([]byte(text)), "HEX": fmt.Sprintf("%X", text),
		"base64": base64.StdEncoding.EncodeToString([]byte(text)), "base64 URL": base64.RawURLEncoding.EncodeToString([]byte(text)),
		"query": url.QueryEscape(text), "percent": percent,
	}
}

// TestNoHalfOutlivesACut: wherever a cut falls, no piece of a secret is left,
// whoever cut.
func TestNoHalfOutlivesACut(t *testing.T) {
	t.Parallel()
	for _, text := range []string{token, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "pä55/word+&<of> some length"} {
		var redactor secret.Redactor
		redactor.Add(secret.New(text))
		words := said.With(&redactor)
		for name, shape := range shapes(text) {
			for before := 296 - len(shape); before < 304; before += 3 {
				long := strings.Repeat("x ", before/2) + strings.Repeat("x", before%2) + " " + shape + " and more of it" + strings.Repeat(" y", 200)
				theirs := said.Cut(long, 300) // as a server cuts its own messages
				for how, got := range map[string]string{
					"Line": words.Line(long, 300), "LineWithin": words.LineWithin(long, 300), "Start": words.Start(long, 300),
					"cut by others": words.Line(theirs, 400), "cut without a mark": words.Line(strings.TrimSuffix(theirs, "…"), 400),
				} {
					if piece := pieceOf(shape, got); piece != "" {
						t.Fatalf("%s %s behind %d characters: %q is left: %q", how, name, before, piece, got)
					}
				}
			}
		}
	}
}

// TestNoHalfOutlivesTheBound: what is looked at at all ends somewhere too,
// and spaces before it take no place in a line.
func TestNoHalfOutlivesTheBound(t *testing.T) {
	t.Parallel()
	var redactor secret.Redactor
	redactor.Add(secret.New(token))
	for name, shape := range shapes(token) {
		for into := 1; into < len(shape); into += 9 {
			long := strings.Repeat(" ", said.MaxRaw-into) + shape + strings.Repeat(" more", 100)
			if got := said.With(&redactor).Line(long, 300); pieceOf(shape, got) != "" {
				t.Fatalf("%s, %d characters of it within the bound: %q", name, into, got)
			}
		}
	}
	for into := 1; into < len(token); into += 5 { // which nobody has told
		long := strings.Repeat("\n", said.MaxRaw-into) + token + " more"
		if got := said.Line(long, 300); pieceOf(token, got) != "" {
			t.Fatalf("a token, %d characters of it within the bound: %q", into, got)
		}
	}
}

// pieceOf finds fourteen characters of a secret in a text.
func pieceOf(shape, text string) string {
	for at := 0; at+14 <= len(shape); at++ {
		if piece := shape[at : at+14]; strings.Contains(text, piece) {
			return piece
		}
	}
	return ""
}

// dangers are what a terminal obeys, or a person doesn't see.
var dangers = []string{
	"\x1b[2J", "\x1b]0;title\x07", "\a", "\b\b", "\r", "\x00", "\x7f", "\u009b31m", "\u0085", "\x9b2J", "\u202e", "\u2066", "\u2069", "\u200b",
	"\u200d", "\u2060", "\ufeff",
	"\u061c", "\u00ad", "\u2028", "\u2029", "\u3164", "\u115f", "\u034f", "\U000e0041", "\ue000", "\ufff9",
}

func TestNothingButTextIsShown(t *testing.T) {
	t.Parallel()
	for _, danger := range dangers {
		text := "be" + danger + "fore"
		var out bytes.Buffer
		screen := said.NewScreen(&out)
		if n, err := screen.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%q: Write = %d, %v", text, n, err)
		}
		for how, got := range map[string]string{"Line": said.Line(text, 80), "Text": said.Words{}.Text(text), "Screen": out.String()} {
			for _, r := range danger {
				if (r < ' ' || r >= 0x7f) && r != utf8.RuneError && strings.ContainsRune(got, r) || !utf8.ValidString(got) {
					t.Errorf("%s of %q: %q", how, text, got)
				}
			}
		}
	}
	for _, good := range []string{"Größe", "naïve e\u0301", "Éé", "👍🏽 ❤️", "नमस्ते", "שלום", "a\u00a0b", "1\u202f000", "│ ─ ✓ …"} {
		if got := said.Line(good, 80); got != strings.Join(strings.Fields(good), " ") {
			t.Errorf("%q became %q", good, got)
		}
		if got := said.Escape(good + "\n\tx\n"); got != good+"\n\tx\n" {
			t.Errorf("%q became %q", good, got)
		}
	}
}

func TestAScreenKeepsJSON(t *testing.T) {
	t.Parallel()
	for _, danger := range dangers {
		before, err := json.Marshal(map[string]string{"name": "be" + strings.ToValidUTF8(danger, "\uFFFD") + "fore"})
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]string
		if json.Unmarshal(before, &want) != nil || json.Unmarshal([]byte(said.Escape(string(before))), &got) != nil ||
			want["name"] != got["name"] {
			t.Errorf("%q: %q, want %q", danger, got["name"], want["name"])
		}
	}
}

func TestCuts(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		text         string
		most         int
		line, within string
	}{
		{"short", 5, "short", "short"},
		{"ein Ärger", 5, "ein Ä…", "ei…"},
		{"  two\n lines ", 20, "two lines", "two lines"},
		{"ääää", 4, "ääää", "…"},
		{"abcdef", 1, "a…", "…"},
	} {
		if got := said.Line(one.text, one.most); got != one.line {
			t.Errorf("Line(%q, %d) = %q, want %q", one.text, one.most, got, one.line)
		}
		if got := (said.Words{}).LineWithin(one.text, one.most); got != one.within {
			t.Errorf("LineWithin(%q, %d) = %q, want %q", one.text, one.most, got, one.within)
		}
	}
}
