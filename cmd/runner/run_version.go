package main

import (
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/store"
)

// versionAddress finds a version's id in the address of its page.
var versionAddress = pattern.New(`/models/[A-Za-z0-9_-]+@([A-Za-z0-9_-]+)`)

// checkVersion refuses a version where none can be read, and its lack where one
// has to be.
func (f runFlags) checkVersion(chosen []*jobs.Job) error {
	if f.version == "" {
		for _, job := range chosen {
			if job.NeedsVersion() && f.tick == "" {
				return usagef("%s has a run for each new version: for which is this one to be? runner run %s --version ID makes one by hand", job.Name,
					job.Name)
			}
		}
		return nil
	}
	job := chosen[0]
	switch {
	case len(chosen) > 1:
		return usagef("--version %s: a version is of one project, so want one job, not %d", f.version, len(chosen))
	case f.tick != "":
		return usagef("--tick and --version: the tick of a version's run is when it was made; want one of the two")
	case !store.IsVersion(f.version):
		if found := versionAddress().FindStringSubmatch(f.version); found != nil {
			return usagef("--version wants the id in the address: --version %s", found[1])
		}
		return usagef("--version %q is no id: it stands in the address, /projects/PROJECT/models/MODEL@VERSION", f.version)
	case job.OnVersion == nil && job.Elements == nil:
		return usagef("--version %s: job %s is about no versions: it has neither elements nor on_version", f.version, job.Name)
	case job.OnVersion == nil && (job.Elements.Project.Uses("each") || job.Elements.Model.Uses("each")):
		return usagef("--version %s: job %s reads a version of each item of its for_each", f.version, job.Name)
	}
	return nil
}
