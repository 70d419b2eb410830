package version

import (
	"strings"

	"speckle-runner/internal/speckle"
)

// Ref names a version: the newest of its model when Version is empty.
type Ref struct{ Project, Model, Version string }

// Version is one version of a model, as $version shows it in a job.
type Version struct {
	ID                string  `json:"id"`
	CreatedAt         string  `json:"createdAt"` // as the server writes it
	Message           *string `json:"message"`
	SourceApplication *string `json:"sourceApplication"`
	AuthorUser        *Author `json:"authorUser"`

	Project    string `json:"-"` // as it was asked for: a reference's own ids go stale
	Model      string `json:"-"`
	Reference  string `json:"-"` // to its data
	TotalCount *int64 `json:"-"` // objects that its producer reported: a hint
}

// Author is who made a version.
type Author struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Kind is how a version's data is kept.
type Kind string

// The kinds of versions.
const (
	Bundle Kind = "bundle"       // files
	Graph  Kind = "object graph" // JSON objects below a root
)

// Kind goes by the reference's prefix, and by nothing else: an old version may
// have files beside its objects.
func (v *Version) Kind() Kind {
	if strings.HasPrefix(v.Reference, speckle.BundlePrefix) {
		return Bundle
	}
	return Graph
}

// NoVersionError says that a model has no version at all.
type NoVersionError struct{ Project, Model string }

// Error names the model.
func (e *NoVersionError) Error() string {
	return "model " + e.Model + " of project " + e.Project + " has no version yet: nothing was published to it"
}
