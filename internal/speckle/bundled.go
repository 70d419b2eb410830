package speckle

import (
	"strings"

	"speckle-runner/internal/speckle/split"
)

// BundlePrefix begins what a version refers to where its data is a bundle of
// files; elsewhere that is an object's id.
const BundlePrefix = "bundle."

// nullObject finds an object that is null because a bundle's reference was
// asked for: the server gives no error for it.
func (rd *reading) nullObject(data []byte) error {
	if !rd.asksForBundle() {
		return nil
	}
	for _, project := range rd.Query.Root().Children {
		below := split.Member(data, project.Key)
		for _, n := range project.Children {
			if n.Name == "object" && split.Member(below, n.Key).Kind() == 'n' {
				return noObjectIn(rd.Query.Readable([]string{project.Key, n.Key}), project.Key+"."+n.Key)
			}
		}
	}
	return nil
}

func noObjectIn(told, path string) *Error {
	return &Error{Kind: NotFound, Status: 200, Path: path, Code: bundleCode, Message: told + " is null: a bundle isn't an object",
		Hint: bundleHint}
}

// asksForBundle reports whether a bundle's reference stands in the query, or
// in a variable.
func (rd *reading) asksForBundle() bool {
	for _, value := range rd.Variables {
		if strings.Contains(string(value), `"`+BundlePrefix) {
			return true
		}
	}
	return strings.Contains(rd.Query.Text, `"`+BundlePrefix)
}
