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

// File gives the file of an SQLite database, and whether it is one: sqlite: before a
// server's address, which may hold a password, makes that no file.
func (n Name) File() (path string, sqlite bool) {
	path, sqlite = strings.CutPrefix(string(n), "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if !sqlite || strings.Contains(path, "://") {
		return "", false
	}
	return path, true
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
		return &NameError{errors.New("give sqlite:FILE or postgres://host:5432/name, with a user as user@host")}
	case !sqlite && n.splitWrongly():
		return errNoServer
	}
	return nil
}

// errNoServer never quotes the address, which may hold a password.
var errNoServer = &NameError{errors.New("not a PostgreSQL address such as postgres://host:5432/runner, with a user as user@host; " +
	"in a password @ is written %40, / %2F, ? %3F, # %23 and % %25")}

// splitWrongly reports whether a part of a password may stand where host, database or
// settings are: the driver takes an address apart at its first @, and would ask for, and
// show, what follows.
func (n Name) splitWrongly() bool {
	_, rest, _ := strings.Cut(string(n), "://")
	head, path, _ := strings.Cut(rest, "/")
	user, hosts, found := strings.Cut(head, "@")
	if !found {
		user, hosts = "", head
	}
	hosts, query, _ := strings.Cut(hosts, "?")
	path, more, _ := strings.Cut(path, "?")
	if strings.ContainsAny(hosts+path, "@#") || strings.Contains(user, "?password=") || strings.Contains(user, "&password=") {
		return true
	}
	for setting := range strings.SplitSeq(query+"&"+more, "&") {
		key, value, _ := strings.Cut(setting, "=")
		if strings.Contains(key, "@") || strings.Contains(value, "@") && !holdsAt[key] {
			return true
		}
	}
	return false
}

// holdsAt are the settings of an address whose values may well have an @.
var holdsAt = map[string]bool{
	"user": true, "password": true, "sslpassword": true, "application_name": true, "fallback_application_name": true, "options": true,
	"service": true, "servicefile": true, "passfile": true, "sslcert": true, "sslkey": true, "sslrootcert": true,
	"krbspn": true, "krbsrvname": true, "host": true,
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
	// The driver takes all before the first @ for a user and a password, a ? too.
	_, rest, _ := strings.Cut(string(n), "://")
	head, _, _ := strings.Cut(rest, "/")
	user, _, found := strings.Cut(head, "@")
	return found && strings.Contains(user, ":") || u.Query().Has("password") || u.Query().Has("sslpassword")
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
