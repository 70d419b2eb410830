package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"speckle-runner/internal/nearby"
	"speckle-runner/internal/pattern"
)

// Variable is one line of a file of variables.
type Variable struct {
	Name  string
	Value Value
}

// variableName is what shells take for a name.
var variableName = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ReadEnvFile reads NAME=VALUE lines: a subset of what shells, docker and
// compose read, with one meaning in all of them. Empty lines and those that begin
// with # are left out, and so is `export ` before a name, and ` #…` behind a value.
// A value may stand in single or double quotes, which aren't part of it; nothing
// is expanded in it. Every problem comes with its line, and never with the value.
func ReadEnvFile(path string) ([]Variable, error) {
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if near := nearby.Hint(path); near != "" {
			return nil, fmt.Errorf("--env-file %s: %w (%s)", path, err, near)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--env-file %s: %w", path, err)
	}
	lines, err := envLines(text)
	if err != nil {
		return nil, fmt.Errorf("--env-file %s: %w", path, err)
	}
	var all []Variable
	var problems []error
	seen := map[string]int{}
	for i, line := range lines {
		one, err := envLine(line)
		if err == nil && one.Name != "" && seen[one.Name] > 0 {
			err = fmt.Errorf("%s is there twice: in line %d, too", one.Name, seen[one.Name])
		}
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("%s:%d: %w", path, i+1, err))
		case one.Name != "":
			seen[one.Name] = i + 1
			all = append(all, one)
		}
	}
	return all, errors.Join(problems...)
}

// envLines splits a file into lines, as editors on any system end them.
func envLines(text string) ([]string, error) {
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.ContainsRune(text, 0):
		return nil, errors.New("it isn't UTF-8 text (PowerShell's > writes UTF-16): save it as UTF-8")
	case !utf8.ValidString(text):
		return nil, errors.New("it isn't UTF-8 text: save it as UTF-8")
	}
	text = strings.TrimPrefix(text, byteOrderMark)
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n"), nil
}

// envLine reads one line; it has no name when nothing stands in it.
func envLine(line string) (Variable, error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return Variable{}, nil
	}
	if rest, found := strings.CutPrefix(line, "export"); found && rest != "" && unicode.IsSpace(rune(rest[0])) {
		line = strings.TrimSpace(rest)
	}
	name, value, found := strings.Cut(line, "=")
	if other := shellSetting(name); other != "" {
		return Variable{}, fmt.Errorf("%s belongs to a shell: want NAME=VALUE alone", other)
	}
	switch {
	case !found:
		return Variable{}, errors.New("no = in this line: want NAME=VALUE")
	case strings.TrimSpace(name) != name:
		return Variable{}, errors.New("space before the =: want NAME=VALUE")
	case !variableName().MatchString(name):
		return Variable{}, errors.New("what stands before the = isn't the name of a variable: " +
			"want letters, digits and _, as in SPECKLE_TOKEN_MODELS")
	}
	text, err := envValue(value)
	if err != nil {
		return Variable{}, fmt.Errorf("%s: %w", name, err)
	}
	return Variable{Name: name, Value: New(text)}, nil
}

// shellSetting gives what stands before a name where a command of Windows' shells was
// copied that sets a variable there; "" for nothing.
func shellSetting(name string) string {
	for _, setting := range []string{"$env:", "set ", "setx "} {
		if len(name) > len(setting) && strings.EqualFold(name[:len(setting)], setting) {
			return strings.TrimSpace(setting)
		}
	}
	return ""
}

// envValue takes the quotes off a value, or the comment behind it.
func envValue(value string) (string, error) {
	value = strings.TrimSpace(value)
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", errors.New("its value has control characters")
	}
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		inner, behind, closed := strings.Cut(value[1:], value[:1])
		behind = strings.TrimSpace(behind)
		switch {
		case !closed:
			return "", fmt.Errorf("its value begins with %s and doesn't end with it", value[:1])
		case behind != "" && !strings.HasPrefix(behind, "#"):
			return "", errors.New("something follows the closing quote of its value")
		case value[0] == '"' && strings.ContainsAny(inner, "\\$`"):
			return "", errors.New(`its value has \, $ or a back-tick in double quotes, which not all read alike: put it into single quotes`)
		}
		return inner, nil
	}
	for i := 1; i < len(value); i++ {
		if value[i] == '#' && unicode.IsSpace(rune(value[i-1])) {
			return strings.TrimSpace(value[:i]), nil
		}
	}
	if strings.HasPrefix(value, "#") {
		return "", nil
	}
	return value, nil
}

// byteOrderMark is what some editors put before a text.
const byteOrderMark = "\ufeff"
