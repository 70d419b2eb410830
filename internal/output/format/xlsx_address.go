package format

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
)

// maxTarget is the longest address that Excel opens.
const maxTarget = 2079

// linkSchemes are what a link may lead to: nothing that runs, no file.
var linkSchemes = [][]byte{[]byte("https://"), []byte("http://"), []byte("mailto:")}

// mayLink looks at how a text begins and how long it is.
func mayLink(text []byte) bool {
	if len(text) > maxTarget {
		return false
	}
	for _, scheme := range linkSchemes {
		if len(text) > len(scheme) && bytes.EqualFold(text[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

// linkTarget gives an address as a relation may have it: ASCII, and without
// what Excel's own reader of addresses refuses. It repairs a file for one.
func linkTarget(text []byte) (string, bool) {
	at, err := url.Parse(string(text))
	if err != nil || !leads(at) {
		return "", false
	}
	end := len("mailto:")
	if at.Scheme != "mailto" {
		end = bytes.Index(text, []byte("://")) + len("://")
		if n := bytes.IndexAny(text[end:], "/?#"); n >= 0 {
			end += n
		} else {
			end = len(text)
		}
	}
	to, ok := appendAddress(append([]byte(nil), text[:end]...), text[end:])
	return string(to), ok && len(to) <= maxTarget
}

// leads reports whether an address has a host that can be one, or a mailbox.
func leads(at *url.URL) bool {
	if at.Scheme == "mailto" {
		name, host, ok := strings.Cut(at.Opaque, "@")
		return ok && name != "" && host != ""
	}
	if port := at.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	name := at.Hostname()
	for _, c := range []byte(name) {
		if !isHost(c) {
			return false
		}
	}
	return name != "" && at.User == nil && !strings.Contains(name, "..") && !strings.HasPrefix(name, ".")
}

func isHost(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '.' || c == '_' || c == ':'
}

// appendAddress writes what comes behind the host, with everything as %XX that
// an address can't have; one that is there already stays. A space ends the
// matter: it is a sentence that begins with an address.
func appendAddress(to, text []byte) ([]byte, bool) {
	const hex = "0123456789ABCDEF"
	fragments := 0
	for i, c := range text {
		switch {
		case c <= ' ' || c == 0x7f:
			return to, false
		case c == '#':
			fragments++
		}
		switch {
		case c == '%' && !isEscape(text[i:]),
			c == '#' && fragments > 1, c >= 0x80, strings.IndexByte("\"<>[\\]^`{|}", c) >= 0:
			to = append(to, '%', hex[c>>4], hex[c&15])
		default:
			to = append(to, c)
		}
	}
	return to, true
}

// isEscape reports whether text, which begins with %, begins with %XX.
func isEscape(text []byte) bool { return len(text) > 2 && isHex(text[1]) && isHex(text[2]) }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
