package database

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"speckle-runner/internal/secret"
)

// Name is how people name a database: "sqlite:FILE" or "postgres://…", whose address
// may hold a password.
type Name string

// File gives the file of an SQLite database, and whether it is one.
func (n Name) File() (path string, sqlite bool) {
	path, sqlite = strings.CutPrefix(string(n), "sqlite:")
	if !sqlite {
		return "", false
	}
	return strings.TrimPrefix(path, "//"), true
}

// Files gives all files that an SQLite database takes, none of a server's.
func (n Name) Files() []string {
	path, sqlite := n.File()
	if !sqlite {
		return nil
	}
	return []string{path, path + "-wal", path + "-shm", path + ".lock"}
}

// Missing reports whether it is a file that isn't there.
func (n Name) Missing() bool {
	path, sqlite := n.File()
	if !sqlite {
		return false
	}
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// NameError says that a name is none of a database: tried again it is as wrong.
type NameError struct{ error }

// Unwrap gives what is wrong.
func (e *NameError) Unwrap() error { return e.error }

// Check refuses what names no database, before one is opened.
func (n Name) Check() error {
	path, sqlite := n.File()
	switch {
	case sqlite && (path == "" || strings.Contains(path, ":memory:")):
		return &NameError{errors.New("needs a file, such as sqlite:.runner/runner.db")}
	case !sqlite && !n.server():
		return &NameError{errors.New("give sqlite:FILE or postgres://user@host:5432/name")}
	}
	return nil
}

// server reports whether it is the address of a PostgreSQL server.
func (n Name) server() bool {
	return strings.HasPrefix(string(n), "postgres://") || strings.HasPrefix(string(n), "postgresql://")
}

// Shown is the name as messages have it: without a password that stands in it. What
// is no name at all is shown if nothing in it looks like one.
func (n Name) Shown() string {
	_, sqlite := n.File()
	lower := strings.ToLower(string(n))
	switch {
	case n.server():
		return "postgres://…"
	case sqlite:
		return string(n)
	case n == "":
		return `""`
	case strings.ContainsAny(lower, "@=%") || hasColonBehindScheme(lower) || strings.Contains(lower, "pass") || strings.Contains(lower, "pwd"):
		return "…"
	}
	return secret.Mask(string(n))
}

// hasColonBehindScheme reports whether a password may stand behind a user, whose host
// was left out.
func hasColonBehindScheme(name string) bool {
	_, rest, _ := strings.Cut(name, "://")
	return strings.Contains(rest, ":")
}

// HasPassword reports whether a password stands in it.
func (n Name) HasPassword() bool {
	if _, sqlite := n.File(); sqlite {
		return false
	}
	u, err := url.Parse(string(n))
	if err != nil {
		return true // whatever it holds
	}
	_, set := u.User.Password()
	return set || u.Query().Has("password")
}

// Whole names the same database from any folder.
func (n Name) Whole() (Name, error) {
	path, sqlite := n.File()
	if !sqlite {
		return n, nil
	}
	absolute, err := filepath.Abs(path)
	return Name("sqlite:" + absolute), err
}
