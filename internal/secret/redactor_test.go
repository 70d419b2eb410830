package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/secret"
)

// encodings are how software writes a text into another one.
var encodings = map[string]func(string) string{
	"raw":  func(s string) string { return s },
	"json": func(s string) string { text, _ := json.Marshal(s); return string(text) },
	"json twice": func(s string) string {
		inner, _ := json.Marshal(s)
		text, _ := json.Marshal(string(inner))
		return string(text)
	},
	"plain json": plainJSON,
	"go":         func(s string) string { return fmt.Sprintf("%q", s) },
	"query":      url.QueryEscape,
	"path":       url.PathEscape,
	"low query": func(s string) string {
		return regexp.MustCompile("%..").ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower)
	},
	"hex":        func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":        func(s string) string { return fmt.Sprintf("%X", s) },
	"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 in an address": func(s string) string {
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s)))
	},
	"reversed": func(s string) string { r := []rune(s); slices.Reverse(r); return string(r) },
}

func plainJSON(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s)
	return strings.TrimSpace(out.String())
}

func TestRedactorKnowsTheShapes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`p"ss/w+rd &<wîth> things`, token, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `ends in "`,
		"Bearer ab/+\\cd"} {
		var r secret.Redactor
		r.Add(secret.New(text))
		for name, encode := range encodings {
			// The three alignments of base64, and neighbours of every shape.
			for _, around := range []string{text, "u" + text + "x", "us" + text, "user:" + text + ", and more"} {
				shape := encode(around)
				var out bytes.Buffer
				if n, err := r.Writer(&out).Write([]byte("before " + shape + " after")); err != nil || n != len("before "+shape+" after") {
					t.Fatalf("%s: Write = %d, %v", name, n, err)
				}
				got := out.String()
				if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, secret.Redacted) {
					t.Errorf("%s of %q: %q", name, around, got)
				}
				if leaks(got, text) {
					t.Errorf("%s of %q leaks: %q", name, around, got)
				}
			}
		}
	}
}

// leaks searches for half of a secret in every encoding of it: what is left
// beside a redacted part is no use to anybody.
func leaks(got, text string) bool {
	half := text[len(text)/4 : len(text)-len(text)/4]
	half = strings.ToValidUTF8(half, "")
	for _, encode := range encodings {
		shape := strings.Trim(encode(half), `"=\`)
		if len(shape) > 8 {
			shape = shape[2 : len(shape)-2]
		}
		if strings.Contains(got, shape) {
			return true
		}
	}
	return false
}

func TestRedactorLeavesTheRest(t *testing.T) {
	t.Parallel()
	var r secret.Redactor
	r.Add(secret.New("no"))
	r.Add(secret.New(""))
	if got := r.Text("no word is lost"); got != "no word is lost" {
		t.Errorf("a short secret blanks words: %q", got)
	}
	if got := r.Text("unregistered " + token); strings.Contains(got, token) {
		t.Errorf("a token passes: %q", got)
	}
}

// TestLentRedactors: while a run lives, nobody prints its secrets; after it,
// nobody knows them any more.
func TestLentRedactors(t *testing.T) {
	t.Parallel()
	var process secret.Redactor
	process.Add(secret.New("of the process"))
	one, doneOne := process.Lend()
	other, doneOther := one.Lend()
	one.Add(secret.New("of both runs"))
	other.Add(secret.New("of both runs"))
	other.Add(secret.New("of the other"))
	const text = "of the process, of both runs, of the other"
	check := func(when, want string) {
		t.Helper()
		for name, r := range map[string]*secret.Redactor{"process": &process, "one": one, "other": other} {
			if got := r.Text(text); got != want {
				t.Errorf("%s, %s: %q", when, name, got)
			}
		}
	}
	check("both live", "[redacted], [redacted], [redacted]")
	doneOther()
	doneOther()
	check("one lives", "[redacted], [redacted], of the other")
	doneOne()
	check("none lives", "[redacted], of both runs, of the other")
}

// tokenAlone is a token as nothing but a token can stand in a text.
var tokenAlone = regexp.MustCompile(`(^|[^0-9A-Za-z])[0-9a-f]{42}($|[^0-9A-Za-z])`)

// FuzzMask: no token is left, and what has none stays as it is.
func FuzzMask(f *testing.F) {
	f.Add("Bearer " + token + " said")
	f.Add(`\n` + token + "%20" + token + "," + token)
	f.Fuzz(func(t *testing.T, text string) {
		masked := secret.Mask(text)
		if tokenAlone.MatchString(masked) || secret.Mask(masked) != masked {
			t.Errorf("%q leaves %q", text, masked)
		}
		if !tokenAlone.MatchString(text) && len(secret.FindTokens([]byte(text))) == 0 && masked != text {
			t.Errorf("%q became %q", text, masked)
		}
		for _, found := range secret.FindTokens([]byte(text)) {
			if one := text[found[0]:found[1]]; len(one) != len(token) || strings.Trim(one, "0123456789abcdef") != "" {
				t.Errorf("%q is no token", one)
			}
		}
	})
}

// FuzzRedactor: whatever stands around a secret, and however both are encoded
// together, its shape is gone.
func FuzzRedactor(f *testing.F) {
	f.Add("hunter22", "the password is ", " says he")
	f.Add(token, "x", "y")
	f.Add(`a"b\c<d>&%`, `{"x":"`, `"}`)
	f.Fuzz(func(t *testing.T, value, before, after string) {
		value, before, after = strings.ToValidUTF8(value, "?"), strings.ToValidUTF8(before, "?"), strings.ToValidUTF8(after, "?")
		if len(value) < 6 {
			return
		}
		var r secret.Redactor
		r.Add(secret.New(value))
		for name, encode := range encodings {
			got := r.Text(encode(before + value + after))
			// What Redacted itself makes with its neighbours is no leak.
			for part := range strings.SplitSeq(got, secret.Redacted) {
				if shape := strings.Trim(encode(value), `"`); len(shape) >= len(value) && !strings.HasPrefix(name, "base64") &&
					strings.Contains(part, shape) {
					t.Errorf("%s: %q still holds %q", name, part, shape)
				}
				if strings.HasPrefix(name, "base64") && holdsDecoded(part, value) {
					t.Errorf("%s: %q still decodes to %q", name, part, value)
				}
			}
		}
	})
}

// holdsDecoded decodes a text from each of the four places where a group of
// base64 may begin.
func holdsDecoded(text, value string) bool {
	if plain, err := url.QueryUnescape(text); err == nil {
		text = plain
	}
	text = strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(text)
	for from := range min(4, len(text)) {
		part := text[from:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if plain, err := base64.RawStdEncoding.DecodeString(part); err == nil && strings.Contains(string(plain), value) {
			return true
		}
	}
	return false
}

// TestPasswordsOfAddresses: also of those that Go takes for none.
func TestPasswordsOfAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://me:hunter22@db/runner", "postgres://me:hunter22@db:1,other:2/runner", "postgres://me:hun%74er22@db:1,other:2/runner",
		"postgres://me:12?hunter22=x@db/runner",
		"postgres://db/runner?password=hunter22", "postgres://db/runner?sslpassword=hunter22", "http://me:hunter22@proxy:3128",
	} {
		var r secret.Redactor
		r.AddPassword(address)
		if got := r.Text("it is hunter22 or 12?hunter22=x"); strings.Contains(got, "12?hunter22") ||
			!strings.Contains(address, "12?") && strings.Contains(got, "hunter22") {
			t.Errorf("%s: %s", address, got)
		}
	}
	for _, address := range []string{
		"http://tok3n-of-a-proxy-77@proxy:3128", "tok3n-of-a-proxy-77:@proxy:3128", "me:tok3n-of-a-proxy-77@proxy:3128",
	} {
		var r secret.Redactor
		r.AddProxy(address)
		user, _, _ := strings.Cut(address[strings.LastIndex(address, "/")+1:], "@")
		if !strings.Contains(user, ":") {
			user += ":"
		}
		got := r.Text("Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user)) + " of tok3n-of-a-proxy-77, says me")
		if strings.Contains(got, "tok3n") || leaks(got, "tok3n-of-a-proxy-77") || !strings.Contains(got, "says me") {
			t.Errorf("%s: %s", address, got)
		}
	}
	var r secret.Redactor
	r.AddPassword("%zz")
	if got := r.Text("nothing is lost"); got != "nothing is lost" {
		t.Errorf("no address blanks words: %s", got)
	}
}
