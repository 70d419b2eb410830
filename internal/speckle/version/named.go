package version

import (
	"context"

	"speckle-runner/internal/speckle"
)

// ofProjectQuery asks for a version of any of a project's models. Its data isn't
// asked for: a query job may have a version whose data the server withholds.
const ofProjectQuery = `query RunnerVersionOfProject($project: String!, $version: String!) {
  project(id: $project) { version(id: $version) { id createdAt message sourceApplication authorUser { id name } model { id } } }
}`

// Named gives the version of a project that has an id, with its model. It has no
// Reference, so that it is of no Kind, and can't be fetched.
func Named(ctx context.Context, client *speckle.Client, project, id string) (Version, error) {
	var answer struct {
		Project *struct {
			Version *struct {
				Version

				Model *struct {
					ID string `json:"id"`
				} `json:"model"`
			} `json:"version"`
		} `json:"project"`
	}
	if err := ask(ctx, client, ofProjectQuery, map[string]string{"project": project, "version": id}, &answer); err != nil {
		return Version{}, err
	}
	if answer.Project == nil {
		return Version{}, absent("project", "project "+project)
	}
	one := answer.Project.Version
	if one == nil || one.ID != id || one.Model == nil || one.Model.ID == "" {
		return Version{}, absent("project.version", "version "+id+" of project "+project)
	}
	v := one.Version
	v.Project, v.Model = project, one.Model.ID
	return v, nil
}
