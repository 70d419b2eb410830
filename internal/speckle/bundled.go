package speckle

import (
	"strings"

	"speckle-runner/internal/speckle/split"
)

// BundlePrefix begins a version's referencedObject where its data is a bundle of files;
// else that is the id of an object.
const BundlePrefix = "bundle."

// nullObject finds an object that is null because the reference of a bundle was asked for
// as an object's id: the server gives no error for that.
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

// asksForBundle reports whether the query or a variable holds the reference of a bundle.
func (rd *reading) asksForBundle() bool {
	for _, value := range rd.Variables {
		if strings.Contains(string(value), `"`+BundlePrefix) {
			return true
		}
	}
	return strings.Contains(rd.Query.Text, `"`+BundlePrefix)
}
