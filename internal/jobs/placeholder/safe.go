package placeholder

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxName is how many bytes a value may have in a file name: two of them
	// and the rest fit into the 255 that file systems take.
	maxName = 100
	// hashLength is how many hex digits tell changed values apart.
	hashLength = 8
)

// safe makes a value harmless where it is put.
func safe(value string, target Target) string {
	switch target {
	case Path:
		return fileName(value)
	case Address:
		return escaped(value)
	default:
		return value
	}
}

// fileName makes a value a part of a file name on Linux, macOS and Windows. A
// usual name stays as it is. One that had to be changed gets a hash of what it
// was, so that "a/b" and "a:b" are still two files. Names that differ in case
// only, or in how an accent is encoded, are the file system's matter.
func fileName(value string) string {
	cleaned := strings.Map(fileRune, value)
	cleaned = edges(cleaned)
	if isReserved(cleaned) {
		cleaned = "_" + cleaned
	}
	if cleaned == value && len(value) <= maxName && utf8.ValidString(value) {
		return value
	}
	cleaned = strings.ToValidUTF8(cleaned, "_")
	const most = maxName - 1 - hashLength
	for len(cleaned) > most {
		_, size := utf8.DecodeLastRuneInString(cleaned)
		cleaned = cleaned[:len(cleaned)-size]
	}
	sum := sha256.Sum256([]byte(value))
	return cleaned + "~" + hex.EncodeToString(sum[:])[:hashLength]
}

func fileRune(r rune) rune {
	if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
		return '_'
	}
	return r
}

// edges replaces dots and spaces at the ends: Windows drops the last ones, and
// a dot in front hides a file or leads out of the directory.
func edges(name string) string {
	if name == "" {
		return "_"
	}
	inner := strings.TrimLeftFunc(name, isEdge)
	left := len(name) - len(inner)
	core := strings.TrimRightFunc(inner, isEdge)
	return underscores(name[:left]) + core + underscores(inner[len(core):])
}

func isEdge(r rune) bool { return r == '.' || unicode.IsSpace(r) }

func underscores(text string) string { return strings.Repeat("_", utf8.RuneCountInString(text)) }

// isReserved reports whether Windows takes a name for a device, whatever
// follows its first dot.
func isReserved(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	number, is := strings.CutPrefix(base, "COM")
	if !is {
		number, is = strings.CutPrefix(base, "LPT")
	}
	return is && utf8.RuneCountInString(number) == 1 && strings.Contains("0123456789¹²³", number)
}

// escaped makes a value one segment of a URL's path, or one value of its query.
// Nothing but letters, digits and -_.~ stays, and no segment is . or .. as such.
func escaped(value string) string {
	const unreserved = "-_.~"
	onlyDots := strings.Trim(value, ".") == ""
	var out strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			strings.IndexByte(unreserved, c) >= 0 && (c != '.' || !onlyDots):
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return out.String()
}

// pastHost reports whether an address goes on behind its host.
func pastHost(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	return strings.ContainsAny(rest, "/?#")
}
