package secret

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// ErrMissing says that a secret's place exists in the job file but holds
// nothing: an unset or empty variable, an absent or empty file.
var ErrMissing = errors.New("missing secret")

// Source names where a secret is: an environment variable, a file, or a program
// that prints it, which is run elsewhere. It never holds the secret.
type Source struct {
	Env     string  // name of an environment variable
	File    string  // path; a relative one is relative to Dir
	Command Command // run in Dir
	Dir     string  // folder of the job file
}

// String names the place, for messages.
func (s Source) String() string {
	switch {
	case s.Command != "":
		return "command " + MaskAll(s.Command.Program())
	case s.File != "":
		return "file " + MaskAll(s.File)
	}
	return "variable " + s.Env
}

// Short names the place by itself, where it is plain that it is one of a secret.
func (s Source) Short() string {
	switch {
	case s.Command != "":
		return s.String()
	case s.File != "":
		return MaskAll(s.File)
	}
	return s.Env
}

// IsZero reports whether no place is named.
func (s Source) IsZero() bool { return s.Env == "" && s.File == "" && s.Command == "" }

// Resolve reads the secret of a variable or a file now, so that a rotated one is
// picked up by the next run. Space around it is dropped: files end in a newline.
// An absent or empty one is ErrMissing with the name of the place.
func (s Source) Resolve() (Value, error) {
	switch {
	case s.Command != "":
		return Value{}, fmt.Errorf("%w: %s has to be run first", ErrMissing, s)
	case s.File == "":
		return s.fromEnv()
	}
	text, err := readSoon(s.path(), fileLimit)
	if err != nil {
		return Value{}, fmt.Errorf("%w: read %s: %w", ErrMissing, MaskAll(s.File), err)
	}
	return s.checked(text)
}

func (s Source) fromEnv() (Value, error) {
	text, set := os.LookupEnv(s.Env)
	if !set {
		return Value{}, &unsetError{s.Env, s.unread()}
	}
	return s.checked(text)
}

// unsetError says that a variable isn't set, and in near which one may be meant, or where it is.
type unsetError struct{ name, near string }

func (e *unsetError) Error() string {
	return fmt.Sprintf("%s: variable %s is not set%s", ErrMissing, e.name, e.near)
}

// Is makes it an ErrMissing.
func (e *unsetError) Is(target error) bool { return target == ErrMissing }

// HowToSet tells in a line how the first variable is set that errors say isn't, where they don't say more of it; else "".
func HowToSet(errs ...error) string {
	for _, err := range errs {
		if unset, is := errors.AsType[*unsetError](err); is && unset.near == "" {
			return fmt.Sprintf("hint: %[1]s is a variable: write %[1]s=… into a file .env and add --env-file .env, or set it in this terminal\n",
				unset.name)
		}
	}
	return ""
}

// unread says that a .env in this folder sets the variable: other programs read such a
// file by themselves. Only its names are looked at. Else it names a variable that is set
// and called nearly the same.
func (s Source) unread() string {
	variables, _ := ReadEnvFile(".env")
	for _, v := range variables {
		if v.Name == s.Env && !v.Value.IsZero() {
			return " (.env sets it, and isn't read by itself: add --env-file .env)"
		}
	}
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); value != "" && nearly(name, s.Env) {
			return " (" + name + " is: is that the one?)"
		}
	}
	return ""
}

// nearly says whether two names differ by one letter at most, case aside. A number, and a
// letter that is a word of its own, tell things apart that people named: TOKEN_A isn't TOKEN_B.
func nearly(a, b string) bool {
	a, b = strings.ToUpper(a), strings.ToUpper(b)
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) < shortestNear || len(a)-len(b) > 1 {
		return false
	}
	same := 0
	for same < len(b) && a[same] == b[same] {
		same++
	}
	switch {
	case same == len(a):
		return true
	case tellsApart(a, same) || len(a) == len(b) && tellsApart(b, same):
		return false
	}
	return same == len(b) || a[same+1:] == b[same:] || len(a) == len(b) && a[same+1:] == b[same+1:]
}

// tellsApart says whether a character of a name is a digit, or a word between underscores.
func tellsApart(name string, at int) bool {
	alone := (at == 0 || name[at-1] == '_') && (at+1 == len(name) || name[at+1] == '_')
	return alone || '0' <= name[at] && name[at] <= '9'
}

// shortestNear is how long a name is that is known by nearly all of its letters.
const shortestNear = 6

func (s Source) checked(text string) (Value, error) {
	switch text = strings.TrimSpace(text); {
	case text == "" && s.Command != "":
		return Value{}, fmt.Errorf("%w: %s printed nothing", ErrMissing, s)
	case text == "":
		return Value{}, fmt.Errorf("%w: %s is empty", ErrMissing, s)
	case inQuotes(text):
		return Value{}, &misheldError{s, "its value in quotes, and they are part of it: remove them"}
	case strings.HasPrefix(text, byteOrderMark):
		return Value{}, &misheldError{s, "a byte order mark before its value: save it as UTF-8 without one"}
	case strings.ContainsFunc(text, unicode.IsControl):
		return Value{}, &misheldError{s, "more than one line, or control characters: it should hold the value alone"}
	}
	return New(text), nil
}

// misheldError says that a secret's place holds something beside it. Quotes, for
// example, which shells take off, and files that docker --env-file and the
// like read keep.
type misheldError struct {
	source Source
	what   string
}

func (e *misheldError) Error() string {
	if e.source.Command != "" {
		return e.source.String() + " printed " + e.what
	}
	return e.source.String() + " holds " + e.what
}

// Is makes it an ErrMissing: there is nothing to send.
func (e *misheldError) Is(target error) bool { return target == ErrMissing }

func inQuotes(text string) bool {
	for _, quotes := range []string{`""`, "''", "``", "“”", "‘’"} {
		runes := []rune(quotes)
		if inner, ok := strings.CutPrefix(text, string(runes[0])); ok && strings.HasSuffix(inner, string(runes[1])) {
			return true
		}
	}
	return false
}

// path is where the file is.
func (s Source) path() string {
	if filepath.IsAbs(s.File) {
		return s.File
	}
	return filepath.Join(s.Dir, s.File)
}
