// Package nearby finds the file that a name was meant to be, where there is none of that
// name: editors add .txt, and there are two ways to write .yaml. It opens no file.
package nearby

import (
	"os"
	"path/filepath"
	"strings"
)

// Hint names a file that is called nearly as one that isn't there; "" for none.
func Hint(path string) string {
	near := of(path)
	if near == "" {
		return ""
	}
	return near + " is there: is that the one?"
}

// of gives the path of a file beside one that isn't there, and called nearly as that is;
// "" for none.
func of(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	wanted := plain(filepath.Base(path))
	for _, entry := range entries {
		if entry.Type().IsRegular() && plain(entry.Name()) == wanted {
			return filepath.Join(filepath.Dir(path), entry.Name())
		}
	}
	return ""
}

// plain is a name without what people don't see, or don't mean, by it.
func plain(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".txt")
	if rest, found := strings.CutSuffix(name, ".yml"); found {
		name = rest + ".yaml"
	}
	return name
}
