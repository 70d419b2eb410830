// Package proxy looks at the variables that name a proxy, and says where Go's HTTP
// client would pass over what they say. It never opens a connection, and never shows
// a value: it may hold a password.
package proxy

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// read are the variables that Go's HTTP client reads. It takes one that it can't
// read for none, and goes direct: past the firewall's door, or into it.
var read = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}

// unread are those that other programs take for a proxy and this one doesn't.
var unread = []string{"ALL_PROXY", "all_proxy"}

// Values gives what all of these variables hold, unread ones, too: any may hold a
// password.
func Values() []string {
	var values []string
	for _, name := range slices.Concat(unread, read) {
		values = append(values, os.Getenv(name))
	}
	return values
}

// Check refuses variables that name no proxy, before anything is sent.
func Check() error {
	var problems []error
	for _, name := range read {
		if why := noProxy(os.Getenv(name)); why != "" {
			problems = append(problems, fmt.Errorf("variable %s isn't the address of a proxy: %s; want http://host:port, or unset it "+
				"(as it is, requests would go past the proxy; its value isn't shown)", name, why))
		}
	}
	return errors.Join(problems...)
}

// noProxy says why Go's HTTP client wouldn't ask this proxy; "" where it would,
// or where there is none.
func noProxy(value string) string {
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" { // host:port, as most write it
		u, err = url.Parse("http://" + value)
	}
	if err != nil {
		return "it can't be read as an address"
	}
	port, portErr := strconv.Atoi(u.Port())
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return "it begins with none of http://, https://, socks5:// and socks5h://"
	case u.Hostname() == "":
		return "it has no host"
	case strings.HasSuffix(u.Host, ":"), u.Port() != "" && (portErr != nil || port < 1 || port > 65535):
		return "its port is no number from 1 to 65535"
	case strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "something stands behind its port"
	}
	return ""
}

// Unread names a variable that other programs take for a proxy and this one
// doesn't; "" where there is none, or where those that are read are there, too.
func Unread() string {
	for _, name := range read[:2] {
		if os.Getenv(name) != "" {
			return ""
		}
	}
	for _, name := range unread {
		if os.Getenv(name) != "" {
			return "variable " + name + " is set, and isn't read: requests go direct unless HTTPS_PROXY (and NO_PROXY) say otherwise"
		}
	}
	return ""
}
