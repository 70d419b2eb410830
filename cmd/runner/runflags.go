package main

import (
	"slices"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/store"
)

// runFlags are the flags of one `runner run`.
type runFlags struct {
	all  bool
	tick string
	// version is the id of the version that the run is of.
	version string
	dryRun  bool
	force   bool
	// acceptShrink publishes what shrink_limit refuses.
	acceptShrink bool
	parallel     int
	// deliverFor is how long a receiver may take nothing.
	deliverFor time.Duration
	keep       keepFlags
	logLevel   zerolog.Level // where nothing moves on the screen
	still      bool          // show no progress: something else is printed meanwhile
}

// checkShrink refuses --accept-shrink for jobs without shrink_limit.
func (f runFlags) checkShrink(chosen []*jobs.Job) error {
	if f.acceptShrink && !slices.ContainsFunc(chosen, func(job *jobs.Job) bool { return job.ShrinkLimit > 0 }) {
		return usagef("--accept-shrink: %s has no shrink_limit", chosen[0].Name)
	}
	return nil
}

// checkVersion refuses --version for a job that can't be of one, and a job that needs one
// without it.
func (f runFlags) checkVersion(chosen []*jobs.Job) error {
	if f.version == "" {
		for _, job := range chosen {
			if job.NeedsVersion() && f.tick == "" {
				return usagef("%s has a run for each new version: which version should this one be for? "+
					"runner run %s --version ID makes one by hand", job.Name, job.Name)
			}
		}
		return nil
	}
	job := chosen[0]
	switch {
	case len(chosen) > 1:
		return usagef("--version %s: a version belongs to one project, so name one job, not %d", f.version, len(chosen))
	case f.tick != "":
		return usagef("--tick and --version: the tick of a version's run is the time it was made; give only one of the two")
	case !store.IsVersion(f.version):
		if found := versionAddress().FindStringSubmatch(f.version); found != nil {
			return usagef("--version wants the id in the address: --version %s", found[1])
		}
		return usagef("--version %q isn't an id: it is in the address, /projects/PROJECT/models/MODEL@VERSION", f.version)
	case job.OnVersion == nil && job.Elements == nil:
		return usagef("--version %s: job %s doesn't read versions: it has neither elements nor on_version", f.version, job.Name)
	case job.OnVersion == nil && (job.Elements.Project.Uses("each") || job.Elements.Model.Uses("each")):
		return usagef("--version %s: job %s reads one version for each item of its for_each", f.version, job.Name)
	}
	return nil
}

// versionAddress matches a version's id in the address of its page.
var versionAddress = pattern.New(`/models/[A-Za-z0-9_-]+@([A-Za-z0-9_-]+)`)

// wantedTick gives the tick that --tick names; zero without one.
func (f runFlags) wantedTick(chosen []*jobs.Job, now time.Time) (time.Time, error) {
	if f.tick == "" {
		return time.Time{}, nil
	}
	tick, err := parseTime("--tick", f.tick, chosen, schedule.Moment)
	if err == nil && tick.After(now) && !f.dryRun {
		return time.Time{}, usagef("--tick %s is in the future: a run of it now would take the place of the scheduled one; "+
			"leave out --tick to run the job for the present time, or add --dry-run to see what that tick would write", f.tick)
	}
	return tick, err
}

// parseTime reads a flag's time: an instant, or a wall time in the jobs' zone.
func parseTime(flag, text string, chosen []*jobs.Job, read schedule.Reader) (time.Time, error) {
	zones := make([]*time.Location, len(chosen))
	for i, job := range chosen {
		zones[i] = job.Zone
	}
	t, err := read(text, zones)
	if err != nil {
		return t, usagef("%s %q: %w", flag, text, err)
	}
	return t, nil
}

// deliverFor is how long a receiver may take nothing before a command stops
// trying it, where --deliver-for doesn't say.
const deliverFor = time.Minute

func deliverForFlag(command *cobra.Command, patience *time.Duration) {
	command.Flags().DurationVar(patience, "deliver-for", deliverFor,
		"how long to try a receiver that takes no message, before leaving it to runner serve; each message that it takes restarts the time "+
			"(0: leave it at its first refusal)")
}
