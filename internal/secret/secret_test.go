package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/secret"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef0123456789"

func TestValueNeverPrints(t *testing.T) {
	v := secret.New(token)
	holder := struct {
		V secret.Value
		P *secret.Value
	}{v, &v}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		fmt.Sprint(v), fmt.Sprintf("%s", v), fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v),
		fmt.Sprintf("%q", v), fmt.Sprintf("%x", v), fmt.Sprintf("%d", v),
		fmt.Sprintf("%v", holder), fmt.Sprintf("%+v", holder), fmt.Sprintf("%#v", holder.V), fmt.Sprintf("%s", *holder.P),
		v.GoString(), string(encoded), fmt.Errorf("with %v", v).Error(),
	} {
		if strings.Contains(printed, token[:12]) || strings.Contains(printed, hex.EncodeToString([]byte(token))[:12]) {
			t.Errorf("leaked: %s", printed)
		}
		if !strings.Contains(printed, secret.Redacted) {
			t.Errorf("%q doesn't say that something was redacted", printed)
		}
	}
	if v.Reveal() != token {
		t.Error("Reveal changed the secret")
	}
}

func TestMaskKeepsTheID(t *testing.T) {
	other := strings.Repeat("ab", 21)
	for in, want := range map[string]string{
		"Bearer " + token + " sent":         "Bearer 0123456789…[redacted] sent",
		token:                               "0123456789…[redacted]",
		token + " " + other:                 "0123456789…[redacted] ababababab…[redacted]",
		token + "," + other:                 "0123456789…[redacted],ababababab…[redacted]",
		"sha1 " + strings.Repeat("a", 40):   "sha1 " + strings.Repeat("a", 40),
		"sha256 " + strings.Repeat("a", 64): "sha256 " + strings.Repeat("a", 64),
		"nothing":                           "nothing",
		"":                                  "",
	} {
		if got := secret.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
	if got := secret.TokenID(secret.New(token)); got != "0123456789" {
		t.Errorf("TokenID = %q", got)
	}
	if got := secret.TokenID(secret.New("hunter2")); got != "" {
		t.Errorf("TokenID of something else = %q", got)
	}
}

func TestRedactorKnowsTheShapes(t *testing.T) {
	const text = `p"ss/w+rd &<wîth> things`
	var r secret.Redactor
	r.Add(secret.New(text))
	r.Add(secret.New("no"))
	quoted, _ := json.Marshal(text)
	shapes := map[string]string{
		"raw":        text,
		"json":       string(quoted),
		"query":      url.QueryEscape(text),
		"path":       url.PathEscape(text),
		"hex":        hex.EncodeToString([]byte(text)),
		"base64":     base64.StdEncoding.EncodeToString([]byte(text)),
		"base64 +1":  base64.StdEncoding.EncodeToString([]byte("u" + text + "x")),
		"base64 +2":  base64.StdEncoding.EncodeToString([]byte("us" + text)),
		"base64 url": base64.RawURLEncoding.EncodeToString([]byte("user:" + text)),
	}
	for name, shape := range shapes {
		var out bytes.Buffer
		n, err := r.Writer(&out).Write([]byte("before " + shape + " after"))
		if err != nil || n != len("before "+shape+" after") {
			t.Fatalf("%s: Write = %d, %v", name, n, err)
		}
		if got := out.String(); !strings.Contains(got, secret.Redacted) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: %q", name, got)
		}
		if decoded := out.String(); strings.Contains(decoded, "things") {
			t.Errorf("%s leaks: %q", name, decoded)
		}
	}
	if got := r.Text("no word is lost"); got != "no word is lost" {
		t.Errorf("a short secret blanks words: %q", got)
	}
	if got := r.Text("unregistered " + token); strings.Contains(got, token) {
		t.Errorf("a token passes: %q", got)
	}
}

func TestSourceResolvesWhenAsked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(token + "\n")
	t.Setenv("RUNNER_TEST_TOKEN", token)
	t.Setenv("RUNNER_TEST_EMPTY", "  ")
	for _, s := range []secret.Source{{Env: "RUNNER_TEST_TOKEN"}, {File: path}, {File: "token", Dir: dir}} {
		if v, err := s.Resolve(); err != nil || v.Reveal() != token {
			t.Errorf("%s: %v", s, err)
		}
	}
	write("rotated")
	if v, _ := (secret.Source{File: path}).Resolve(); v.Reveal() != "rotated" {
		t.Error("a rotated file needs a restart")
	}
	write("")
	for source, want := range map[secret.Source]string{
		{Env: "RUNNER_TEST_UNSET"}:    "variable RUNNER_TEST_UNSET is not set",
		{Env: "RUNNER_TEST_EMPTY"}:    "variable RUNNER_TEST_EMPTY is empty",
		{File: path}:                  "file " + path + " is empty",
		{File: "absent", Dir: dir}:    "read absent",
		{File: "/dev/zero", Dir: dir}: "larger than",
	} {
		_, err := source.Resolve()
		if !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("hunter22", "the password is hunter22")
	f.Add(token, "x"+token)
	f.Fuzz(func(t *testing.T, value, text string) {
		var r secret.Redactor
		r.Add(secret.New(value))
		if len(value) < 6 {
			return
		}
		// What Redacted itself makes with its neighbours is no leak.
		for part := range strings.SplitSeq(r.Text(text+value+text), secret.Redacted) {
			if strings.Contains(part, value) {
				t.Errorf("%q still holds %q", part, value)
			}
		}
	})
}
