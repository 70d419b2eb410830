package version

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

const fields = ` { id createdAt message sourceApplication referencedObject totalChildrenCount authorUser { id name } } `

// The queries have names, so that a server's log can tell them.
const (
	newestQuery = `query RunnerNewestVersion($project: String!, $model: String!) { project(id: $project) { model(id: $model) { versions(limit: 1) { items` + fields + `} } } }`
	namedQuery  = `query RunnerVersion($project: String!, $model: String!, $version: String!) { project(id: $project) { model(id: $model) { version(id: $version)` + fields + `} } }`
)

// found is a version as the server tells it.
type found struct {
	Version

	ReferencedObject   *string `json:"referencedObject"`
	TotalChildrenCount *int64  `json:"totalChildrenCount"`
}

type foundModel struct {
	Versions struct {
		Items []*found `json:"items"`
	} `json:"versions"`
	Version *found `json:"version"`
}

type foundProject struct {
	Model *foundModel `json:"model"`
}

// Find asks for a version: the newest of its model, unless the reference names
// one. A model without any is a NoVersionError.
func Find(ctx context.Context, client *speckle.Client, r Ref) (Version, error) {
	text, variables := newestQuery, map[string]string{"project": r.Project, "model": r.Model}
	if r.Version != "" {
		text, variables["version"] = namedQuery, r.Version
	}
	var answer struct {
		Project *foundProject `json:"project"`
	}
	if err := ask(ctx, client, text, variables, &answer); err != nil {
		return Version{}, err
	}
	switch {
	case answer.Project == nil:
		return Version{}, absent("project", "project "+r.Project)
	case answer.Project.Model == nil:
		return Version{}, absent("project.model", "model "+r.Model+" of project "+r.Project)
	}
	model := answer.Project.Model
	one := model.Version
	if r.Version == "" {
		if len(model.Versions.Items) == 0 {
			return Version{}, &NoVersionError{Project: r.Project, Model: r.Model}
		}
		one = model.Versions.Items[0]
	}
	if one == nil || one.ID == "" {
		return Version{}, absent("project.model.version", fmt.Sprintf("version %s of model %s", r.Version, r.Model))
	}
	return one.of(r)
}

// of makes a Version of what was found.
func (f *found) of(r Ref) (Version, error) {
	v := f.Version
	v.Project, v.Model, v.TotalCount = r.Project, r.Model, f.TotalChildrenCount
	if f.ReferencedObject == nil || *f.ReferencedObject == "" {
		return v, &speckle.Error{
			Kind: speckle.NoAccess, Status: 200, Path: "referencedObject",
			Message: "version " + v.ID + " has no referencedObject: the server doesn't give its data",
			Hint:    "a workspace's plan shows what is in the versions of the last days, and in the newest of each model",
		}
	}
	v.Reference = *f.ReferencedObject
	return v, nil
}

// absent is what a null means in the place of something that was named.
func absent(path, what string) error {
	return &speckle.Error{Kind: speckle.NotFound, Status: 200, Path: path,
		Message: path + " is null: " + what + " isn't there, or the token may not see it",
		Hint:    "are the ids right, and is it the token of somebody who works on the project?"}
}

// ask sends one of this package's queries.
func ask(ctx context.Context, client *speckle.Client, text string, variables map[string]string, into any) error {
	q, problems := query.Parse(text)
	if q == nil {
		return fmt.Errorf("the query %.40s…: %v", text, problems)
	}
	values := make(map[string]jsontext.Value, len(variables))
	for name, value := range variables {
		quoted, err := jsontext.AppendQuote(nil, value)
		if err != nil {
			return fmt.Errorf("%s %q: %w", name, value, err)
		}
		values[name] = quoted
	}
	data, err := client.Ask(ctx, q, values)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &speckle.Error{Kind: speckle.BadAnswer, Status: 200, Message: "the answer about the version isn't what was asked for"}
	}
	return nil
}
