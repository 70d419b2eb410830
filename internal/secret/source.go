package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxFileBytes bounds a secret's file: a token has 42 bytes, a webhook secret
// some hundred, and a device file must not be read for ever.
const maxFileBytes = 64 << 10

// ErrMissing says that a secret's place exists in the job file but holds
// nothing: an unset or empty variable, an absent or empty file.
var ErrMissing = errors.New("missing secret")

// Source names where a secret is: an environment variable or a file. It never
// holds the secret.
type Source struct {
	Env  string // name of an environment variable
	File string // path; a relative one is relative to Dir
	Dir  string // folder of the job file
}

// String names the place, for messages.
func (s Source) String() string {
	if s.File != "" {
		return "file " + s.File
	}
	return "variable " + s.Env
}

// IsZero reports whether no place is named.
func (s Source) IsZero() bool { return s.Env == "" && s.File == "" }

// Resolve reads the secret now, so that a rotated one is picked up by the next
// run. Space around it is dropped: files end in a newline. An absent or empty
// one is ErrMissing with the name of the place.
func (s Source) Resolve() (Value, error) {
	if s.File == "" {
		return s.fromEnv()
	}
	path := s.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	text, err := readFile(path)
	if err != nil {
		return Value{}, fmt.Errorf("%w: read %s: %w", ErrMissing, s.File, err)
	}
	return checked(text, fmt.Errorf("%w: file %s is empty", ErrMissing, s.File))
}

func (s Source) fromEnv() (Value, error) {
	text, set := os.LookupEnv(s.Env)
	if !set {
		return Value{}, fmt.Errorf("%w: variable %s is not set", ErrMissing, s.Env)
	}
	return checked(text, fmt.Errorf("%w: variable %s is empty", ErrMissing, s.Env))
}

func checked(text string, missing error) (Value, error) {
	if text = strings.TrimSpace(text); text == "" {
		return Value{}, missing
	}
	return New(text), nil
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		if pathErr, ok := errors.AsType[*os.PathError](err); ok {
			return "", pathErr.Err // the path is named by the caller
		}
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		err = fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	return string(text), err
}
