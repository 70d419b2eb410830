package marks

import (
	"encoding/json"
	"strings"
)

var escapeLike = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// FilesOf is a pattern, with ! before what stands for itself, of runs' files among which is one of an output, as they name it.
func FilesOf(output string) string {
	text, _ := json.Marshal(output) // a string always encodes
	return `%"output":` + escapeLike.Replace(string(text)) + "%"
}
