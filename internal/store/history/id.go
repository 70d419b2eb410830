package history

import (
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store/database"
)

const (
	idTime = "20060102T150405Z"
	// ofVersion parts a run's job and tick from its version. Neither has one.
	ofVersion = "@"
)

// RunID gives the id of a job's run at a tick: stable, readable, and safe in
// paths and addresses. A tick between two seconds keeps its fraction.
func RunID(job string, tick time.Time) string {
	tick = database.Canonical(tick)
	stamp := tick.Format(idTime)
	if us := tick.Nanosecond() / 1000; us != 0 {
		stamp = fmt.Sprintf("%s.%06dZ", strings.TrimSuffix(stamp, "Z"), us)
	}
	return job + "-" + stamp
}

// VersionRunID gives the id of a job's run of a version, which ends with the
// version's own; that of a run of none with "".
func VersionRunID(job string, tick time.Time, version string) string {
	if version == "" {
		return RunID(job, tick)
	}
	return RunID(job, tick) + ofVersion + version
}

var versionPattern = pattern.New(`^[A-Za-z0-9_-]+$`)

// IsVersion reports whether a text can be the id of a version: it stands in
// names of runs, and so in paths and addresses.
func IsVersion(id string) bool { return versionPattern().MatchString(id) }

// ParseRunID gives a run's job and tick back, which together are no other run's.
func ParseRunID(id string) (job string, tick time.Time, err error) {
	none := fmt.Errorf("%w: %q isn't a run id such as nightly-models-20260302T023000Z", ErrNotFound, secret.Mask(id))
	name, version, of := strings.Cut(id, ofVersion)
	cut := strings.LastIndexByte(name, '-')
	if cut <= 0 || of && !IsVersion(version) {
		return "", time.Time{}, none
	}
	tick, err = time.Parse(idTime, name[cut+1:])
	if err != nil {
		tick, err = time.Parse("20060102T150405.000000Z", name[cut+1:])
	}
	if err != nil || RunID(name[:cut], tick) != name {
		return "", time.Time{}, none
	}
	return name[:cut], tick, nil
}

// VersionOf asks of a row of runs, or of one that hangs on a run, which version
// the run is of; "" for none.
func VersionOf(row string) string {
	return fmt.Sprintf(`coalesce((SELECT rv.version FROM run_versions rv WHERE rv.job = %[1]s.job AND rv.tick = %[1]s.tick), '')`, row)
}
