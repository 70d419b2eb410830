package said

import (
	"strings"

	"speckle-runner/internal/pattern"
)

var titled = pattern.New(`(?is)<title[^>]*>(.*?)</title>`)

// Title gives a web page's title as it stands there, "" where it has none.
func Title(page string) string {
	if found := titled().FindStringSubmatch(page); found != nil {
		return strings.TrimSpace(found[1])
	}
	return ""
}
