package look

import (
	"fmt"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/said"
	versions "speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// refNow gives the version that a job's keys name at this moment. What is given
// stands in place of the keys: before a run nobody knows what for_each gives.
func refNow(job *jobs.Job, given versions.Ref) (versions.Ref, error) {
	values := valuesNow(job)
	for _, one := range []struct {
		key  string
		from placeholder.Template
		into *string
	}{
		{"project", job.Elements.Project, &given.Project},
		{"model", job.Elements.Model, &given.Model},
		{"version", job.Elements.Version, &given.Version},
	} {
		if *one.into != "" {
			continue
		}
		if one.from.Uses("each") {
			return given, fmt.Errorf("%s is %s, which only a run knows", one.key, one.from.Text())
		}
		var err error
		if *one.into, err = one.from.Expand(values, placeholder.Variable); err != nil {
			return given, fmt.Errorf("%s: %w", one.key, err)
		}
	}
	return given, nil
}

// VersionText says in one line which version it is, and of what kind.
func VersionText(v *versions.Version) string {
	text := "version " + v.ID + " of model " + v.Model + ", made " + v.CreatedAt
	if v.SourceApplication != nil && *v.SourceApplication != "" {
		text += " with " + *v.SourceApplication
	}
	return said.Line(text+": "+withArticle(v.Kind()), maxVersionText)
}

// maxVersionText is how many characters of a version are shown.
const maxVersionText = 200

func withArticle(kind versions.Kind) string {
	if kind == versions.Bundle {
		return "a bundle"
	}
	return "an object graph"
}

// valuesNow are what placeholders of a job stand for at this moment, before a
// run: not those of for_each.
func valuesNow(job *jobs.Job) placeholder.Values {
	now := time.Now().UTC()
	return placeholder.Values{Job: job.Name, Run: store.RunID(job.Name, now), Tick: now, Zone: job.Zone}
}
