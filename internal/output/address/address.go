// Package address reads where an output goes in a cloud's storage, as in
// s3://bucket/exports/a.csv?region=eu-west-1. It opens nothing, reads no
// environment and takes no credentials: an address is part of a job file, which
// others read.
package address

import (
	"net"
	"net/url"
	"strings"
)

// Address is an object in a cloud's storage.
type Address struct {
	Scheme   string // "s3", "gs" or "azblob"
	Bucket   string // a container, in Azure's words
	Key      string // name of the object, with slashes, taken as it is written
	Settings url.Values
}

// Schemes lists what Parse takes, for messages.
func Schemes() []string { return []string{"s3", "gs", "azblob"} }

// Is reports whether a text is an address with a scheme, and not a path.
func Is(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	return found && scheme != "" && !strings.ContainsAny(scheme, `/\`)
}

// Split takes the settings off: a file's name ends where they begin. The
// settings start with "?", or are empty. A path has none.
func Split(text string) (file, settings string) {
	if i := strings.IndexByte(text, '?'); i >= 0 && Is(text) {
		return text[:i], text[i:]
	}
	return text, ""
}

// String gives the address without its settings, as messages and the ledger
// have it.
func (a Address) String() string { return a.Scheme + "://" + a.Bucket + "/" + a.Key }

// Storage gives the bucket with its settings: one connection serves all
// addresses of the same storage.
func (a Address) Storage() string { return a.Scheme + "://" + a.Bucket + "?" + a.Settings.Encode() }

// With gives the address of another object in the same storage.
func (a Address) With(key string) Address {
	a.Key = key
	return a
}

// Place gives the same text for two addresses of one object: of the settings,
// only those count that say on which server the bucket is.
func (a Address) Place() string {
	var place strings.Builder
	place.WriteString(a.String())
	for _, name := range []string{"endpoint", "storage_account", "domain"} {
		if value := a.Settings.Get(name); value != "" {
			place.WriteString("?" + name + "=" + strings.TrimSuffix(strings.ToLower(value), "/"))
		}
	}
	return place.String()
}

// Clear gives the address that data would go to unencrypted over a network, ""
// when there is none.
func (a Address) Clear() string {
	if u, err := url.Parse(a.Settings.Get("endpoint")); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		return u.Host
	}
	domain := a.Settings.Get("domain")
	host, _, _ := strings.Cut(domain, ":")
	if a.Settings.Get("protocol") == "http" && !loopback(host) {
		return domain
	}
	return ""
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
