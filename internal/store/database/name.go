package database

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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

// Shown is the name as messages have it: without a password that stands in it.
func (n Name) Shown() string {
	if _, sqlite := n.File(); sqlite {
		return string(n)
	}
	return "postgres://…"
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
