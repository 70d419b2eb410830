package placeholder_test

import (
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"speckle-runner/internal/jobs/placeholder"
)

func inPath(t testing.TB, value string) string {
	t.Helper()
	got, err := parsed(t, "{each.v}").Expand(placeholder.Values{Each: map[string]any{"v": value}}, placeholder.Path)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPathKeepsUsualNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"tower", "Level 03 (north)", "Größe", "\u5efa\u7269", "a.b.c", "v1.2", "a..b", "a-b_c~d", "#1 & 2", "it's", "100%", "emoji 😀", "com",
		"com10",
		"console", "nulls.txt", "e\u0301", strings.Repeat("x", 100),
	} {
		if got := inPath(t, name); got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
}

func TestPathMakesNamesSafe(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":             "_~e3b0c442",
		".":            "_~",
		"..":           "__~",
		"../../etc":    "__",
		"/etc/passwd":  "_etc_passwd~",
		`C:\x`:         "C__x~",
		"a/b":          "a_b~",
		"a:b":          "a_b~",
		`a*?"<>|b`:     "a______b~",
		"a\x00\n\x7fb": "a___b~",
		"\u0085a":      "_a~",
		".hidden":      "_hidden~",
		"end. ":        "end__~",
		" \u00a0x":     "__x~",
		"a\xffb":       "a_b~",
		"CON":          "_CON~",
		"nul.txt":      "_nul.txt~",
		"Com1":         "_Com1~",
		"lpt³":         "_lpt³~",
		"aux .x":       "_aux .x~",
		"conin$":       "_conin$~",
	} {
		got := inPath(t, value)
		if !strings.HasPrefix(got, want) || got[len(got)-9] != '~' {
			t.Errorf("%q: got %q, want %s…", value, got, want)
		}
	}
}

func TestPathKeepsValuesApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, value := range []string{
		"a/b", `a\b`, "a:b", "a*b", "a_b", "a\xffb", "a\xfeb", "a\uFFFDb", "", " ", "  ", ".", "..", "con", "_con",
		strings.Repeat("é", 51), strings.Repeat("é", 52), strings.Repeat("é", 50) + "/", strings.Repeat("x", 101), strings.Repeat("x", 102),
	} {
		got := inPath(t, value)
		if other, is := seen[got]; is {
			t.Errorf("%q and %q are both %q", value, other, got)
		}
		seen[got] = value
		if len(got) > 100 || !utf8.ValidString(got) {
			t.Errorf("%q: got %d bytes, %q", value, len(got), got)
		}
	}
}

func TestAddressEscapes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"a-b_c.d~e": "a-b_c.d~e", "a/b?c#d&e=f+g h%": "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h%25", "é": "%C3%A9", "..": "%2E%2E", "\n": "%0A", "": "",
	} {
		got, err := parsed(t, "https://h/{each.v}").Expand(placeholder.Values{Each: map[string]any{"v": value}}, placeholder.Address)
		if err != nil || got != "https://h/"+want {
			t.Errorf("%q: got %s, %v", value, got, err)
		}
	}
}

// Whatever a record holds, a path has the directories that its template has.
func FuzzExpand(f *testing.F) {
	for _, seed := range [][3]string{
		{"exports/{job}/{each.a}{each.b}.csv", "..", "/"}, {"{each.a}.{each.b}", "", "."}, {"{each.a}/{{x}}/{date}", "C:", "\\"},
		{".{each.a}", ".", "nul"}, {"{last_success:2020-01-01T00:00:00Z}{each.b}", "\xff", "con"}, {"{{{each.a}}}", "~", " "},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, text, a, b string) {
		template, problems := placeholder.Parse(text)
		for _, p := range problems {
			if p.Col < 1 || p.Col > 1+utf8.RuneCountInString(text) || p.Message == "" {
				t.Fatalf("got %+v", p)
			}
		}
		v := values(t)
		v.Each = map[string]any{"a": a, "b": b}
		got, err := template.Expand(v, placeholder.Path)
		usual, _ := template.Expand(placeholder.Values{Job: "j", Run: "r", Each: map[string]any{"a": "x", "b": "x"}}, placeholder.Path)
		if err != nil || problems != nil || !filepath.IsLocal(usual) || strings.ContainsAny(usual, `\:`) ||
			path.Clean(usual) != path.Clean(strings.TrimPrefix(usual, "./")) {
			return // this path is not good with usual values either
		}
		if !filepath.IsLocal(got) || path.Clean(got) != path.Clean(strings.TrimPrefix(got, "./")) ||
			strings.Count(got, "/") != strings.Count(usual, "/") || strings.ContainsAny(got, "\\:\x00") && !strings.Contains(text, "\x00") {
			t.Fatalf("%q with %q and %q: got %q", text, a, b, got)
		}
		for i, segment := range strings.Split(got, "/") {
			if was := strings.Split(usual, "/")[i]; (segment == ".." || segment == "." || segment == "") && segment != was {
				t.Fatalf("%q with %q and %q: got %q", text, a, b, got)
			}
		}
	})
}
