package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// proxyVariables are those that Go's HTTP client reads. It takes one that it
// can't read for none, and goes direct: past the firewall's door, or into it.
var proxyVariables = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}

// checkProxies refuses variables that name no proxy, before anything is sent. It
// never shows a value: it may hold a password.
func checkProxies() error {
	var problems []error
	for _, name := range proxyVariables {
		if why := noProxy(os.Getenv(name)); why != "" {
			problems = append(problems, fmt.Errorf("variable %s is no address of a proxy: %s; want http://host:port, or unset it "+
				"(as it is, requests would go past the proxy; its value isn't shown)", name, why))
		}
	}
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	return nil
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

// unreadProxy names a variable that other programs take for a proxy and this one
// doesn't; "" where there is none, or where those that are read are there, too.
func unreadProxy() string {
	for _, name := range proxyVariables[:2] {
		if os.Getenv(name) != "" {
			return ""
		}
	}
	for _, name := range []string{"ALL_PROXY", "all_proxy"} {
		if os.Getenv(name) != "" {
			return "variable " + name + " is set, and isn't read: requests go direct unless HTTPS_PROXY (and NO_PROXY) say otherwise"
		}
	}
	return ""
}
