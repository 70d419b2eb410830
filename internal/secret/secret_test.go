package secret_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/secret"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef0123456789"

func TestValueNeverPrints(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	other := strings.Repeat("ab", 21)
	for in, want := range map[string]string{
		"Bearer " + token + " sent":         "Bearer 0123456789…[redacted] sent",
		token:                               "0123456789…[redacted]",
		token + " " + other:                 "0123456789…[redacted] ababababab…[redacted]",
		token + "," + other:                 "0123456789…[redacted],ababababab…[redacted]",
		"sha1 " + strings.Repeat("a", 40):   "sha1 " + strings.Repeat("a", 40),
		"sha256 " + strings.Repeat("a", 64): "sha256 " + strings.Repeat("a", 64),
		"nothing":                           "nothing",
		`said\n` + token + `\u0026 more`:    `said\n0123456789…[redacted]\u0026 more`,
		`{"t":"\u003c` + token + `"}`:       `{"t":"\u003c0123456789…[redacted]"}`,
		"a%20" + token + "%20b":             "a%200123456789…[redacted]%20b",
		"a%3D" + token:                      "a%3D0123456789…[redacted]",
		"\x1b[31m" + token + "\x1b[0m":      "\x1b[31m0123456789…[redacted]\x1b[0m",
		`\b` + token + `\x20`:               `\b0123456789…[redacted]\x20`,
		"ab" + token:                        "ab" + token,
		"x" + token:                         "x" + token,
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
	t.Setenv("RUNNER_TEST_QUOTED", `"`+token+`"`)
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
		{Env: "RUNNER_TEST_QUOTED"}:   "variable RUNNER_TEST_QUOTED holds its value in quotes, and they are part of it: remove them",
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

// A name with one letter too many, too few or wrong is told with the variable that is set.
func TestAVariableOfAnotherSpelling(t *testing.T) {
	t.Setenv("RUNNER_TEST_TOKEN_DOORS", "x")
	t.Setenv("RUNNER_TEST_HOLLOW", "")
	for name, near := range map[string]bool{
		"RUNNER_TEST_TOKEN_DOOR": true, "RUNNER_TEST_TOKEN_DOORSS": true, "RUNNER_TEST_TOKEN_FOORS": true, "RUNER_TEST_TOKEN_DOORS": true,
		"runner_test_token_doors_": true, "RUNNER_TEST_TOKEN_WALLS": false, "RUNNER_TEST_TOKEN_DO": false, "RUNNER_TEST_HOLLOWS": false,
	} {
		_, err := secret.Source{Env: name}.Resolve()
		if got := strings.HasSuffix(err.Error(), name+" is not set (RUNNER_TEST_TOKEN_DOORS is: is that the one?)"); got != near ||
			!near && !strings.HasSuffix(err.Error(), name+" is not set") {
			t.Error(err)
		}
	}
	t.Setenv("RUNNER_TEST_JOB_A", "x")
	t.Setenv("RUNNER_TEST_JOB1_OF", "x")
	for _, name := range []string{"RUNNER_TEST_JOB_B", "RUNNER_TEST_JOB_", "RUNNER_TEST_JOB2_OF", "RUNNER_TEST_JOB_OF"} {
		if _, err := (secret.Source{Env: name}).Resolve(); !strings.HasSuffix(err.Error(), name+" is not set") {
			t.Errorf("another job's token is taken for it: %v", err)
		}
	}
}

// TestWhatIsNoTokenIsNamed before it is sent, without its text.
func TestWhatIsNoTokenIsNamed(t *testing.T) { //nolint:paralleltest // it sets the variable that it reads
	source := secret.Source{Env: "RUNNER_TEST_TOKEN"}
	for text, want := range map[string]string{
		"\ufeff" + token:                 "holds a byte order mark before its value",
		"Bearer " + token:                `holds "Bearer" before the token: remove it`,
		"bearer " + token:                `holds "bearer" before the token`,
		"Authorization: Bearer " + token: `holds "Authorization:" before the token`,
		token[:30]:                       "holds 30 digits, and a Speckle token has 42: was it copied whole?",
		token + token:                    "holds 84 digits",
		token[:10]:                       "holds 10 digits, as a token's public id has: the token has 42",
		"RUNNER_TEST_TOKEN":              "holds its own name: it should hold the token alone",
		"RUNNER_TEST_TOKEN=" + token:     "holds its own name",
		token[:20] + " " + token[20:]:    "holds white space inside",
		token[:20] + "\n" + token[20:]:   "holds more than one line",
		token + "\x1b[0m":                "holds more than one line, or control characters",
		"\u201c" + token + "\u201d":      "holds its value in quotes",
		"`" + token + "`":                "holds its value in quotes",
	} {
		t.Setenv("RUNNER_TEST_TOKEN", text)
		value, err := source.ResolveToken()
		if !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token[10:20]) ||
			value.Reveal() != "" {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, text := range []string{token, " " + token + "\r\n", "a-token-of-another-kind", "abc"} {
		t.Setenv("RUNNER_TEST_TOKEN", text)
		if value, err := source.ResolveToken(); err != nil || value.Reveal() != strings.TrimSpace(text) {
			t.Error(err)
		}
	}
}

// What stands before the @ of an address is hidden, also where the text was cut before it; a version behind a model isn't one.
func TestUsersOfAddressesAreMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a https://me:pw@host/x b":                  "a https://[redacted]@host/x b",
		"https://pw@host and http://x:y@other":      "https://[redacted]@host and http://[redacted]@other",
		`not "https://me:s3cret…"`:                  `not "https://[redacted]…"`,
		"postgres://me:" + token + "@db/x " + token: "postgres://[redacted]@db/x " + secret.Mask(token),
		"https://app.test/projects/p/models/m@v":    "https://app.test/projects/p/models/m@v",
		"anna@example.com, s3://bucket/a@b":         "anna@example.com, s3://bucket/a@b",

		`"https://hooks.slack.com/services/T0/B0/x", y`:          `"https://hooks.slack.com/[redacted]", y`,
		"hooks.slack.com/services/T0…":                           "hooks.slack.com/[redacted]…",
		"https://eu.webhook.office.com:443/x?a=b":                "https://eu.webhook.office.com:443/[redacted]",
		"https://me:pw@hooks.slack.com/services/T0":              "https://[redacted]@hooks.slack.com/[redacted]",
		"not n8n.example.com/hook/aB3aB3aB3aB3aB3aB3aB3/x":       "not n8n.example.com/hook/[redacted]/x",
		"https://me@host/x?a=1&sig=abc":                          "https://[redacted]@host/x?a=1&sig=[redacted]",
		"https://host.test/x?a=1&sig=abc&b=2#c":                  "https://host.test/x?a=1&sig=[redacted]&b=2#c",
		"https://app.test/projects/236d44f972/models/a6d20f8b31": "https://app.test/projects/236d44f972/models/a6d20f8b31",
		"out.d/objects/8f7d3a2b1c0e9f8d7c6b5a4938271605.ndjson":  "out.d/objects/8f7d3a2b1c0e9f8d7c6b5a4938271605.ndjson",
	} {
		if got := secret.MaskAll(text); got != want {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
