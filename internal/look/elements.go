package look

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/preflight"
	versions "speckle-runner/internal/speckle/version"
)

// findVersion looks for the version whose elements a job would read, and says what
// kind it is. One small request; nothing is downloaded.
func findVersion(ctx context.Context, options speckle.Options, job *jobs.Job) []preflight.Finding {
	ref, err := refNow(job, versions.Ref{})
	if err != nil {
		return []preflight.Finding{{About: preflight.AboutIDs, Verdict: preflight.Untold,
			Text: "the version can't be looked for: " + err.Error()}}
	}
	client := speckle.NewClient(options)
	defer client.Close()
	found, err := versions.Find(ctx, client, ref)
	if err != nil {
		return notThere(ref, err)
	}
	return []preflight.Finding{{About: preflight.AboutIDs, Verdict: preflight.Good, Text: "found: " + VersionText(&found)}}
}

// findWatched says whether what is looked at for new versions is there. A model may
// wait for its first.
func findWatched(ctx context.Context, options speckle.Options, on *jobs.OnVersion) (findings []preflight.Finding) {
	client := speckle.NewClient(options)
	defer client.Close()
	if on.Models == nil {
		if _, err := versions.Since(ctx, client, on.Project, time.Time{}); err != nil {
			return notThere(versions.Ref{Project: on.Project}, err)
		}
		return []preflight.Finding{{About: preflight.AboutIDs, Verdict: preflight.Good,
			Text: "found: project " + on.Project + ", whose new versions are looked for"}}
	}
	for _, model := range on.Models {
		ref := versions.Ref{Project: on.Project, Model: model}
		good := preflight.Finding{About: preflight.AboutIDs, Verdict: preflight.Good,
			Text: "found: model " + model + ", which has no version yet"}
		found, err := versions.Find(ctx, client, ref)
		_, none := errors.AsType[*versions.NoVersionError](err)
		switch {
		case err == nil:
			good.Text = "found: " + VersionText(&found)
			findings = append(findings, good)
		case none:
			findings = append(findings, good)
		default:
			findings = append(findings, notThere(ref, err)...)
		}
	}
	return findings
}

// notThere says why a version isn't found. What the token lacks, others say.
func notThere(ref versions.Ref, err error) []preflight.Finding {
	finding := preflight.Finding{About: preflight.AboutIDs, Verdict: preflight.Untold, Text: "the version can't be looked for: " + err.Error()}
	if _, none := errors.AsType[*versions.NoVersionError](err); none {
		finding.Verdict, finding.Text, finding.Hint = preflight.Failed, err.Error(), "publish one, or name another model"
	}
	if failed, typed := errors.AsType[*speckle.Error](err); typed {
		switch failed.Kind {
		case speckle.TokenRefused, speckle.ScopeMissing:
			return nil
		case speckle.NotFound, speckle.NoAccess:
			finding.Verdict, finding.Text = preflight.Failed, named(ref, failed)
			finding.Hint = cmp.Or(failed.Hint, "look at the id, and whether the token's owner may see it")
		}
	}
	return []preflight.Finding{finding}
}

// named says of which id an error is, in place of a field of the query.
func named(ref versions.Ref, failed *speckle.Error) string {
	what := map[string]string{
		"project": "project " + ref.Project, "project.model": "model " + ref.Model, "project.model.version": "version " + ref.Version,
	}[failed.Path]
	if what == "" {
		return failed.Message
	}
	return what + ": " + strings.TrimPrefix(failed.Message, failed.Path+": ")
}
