package jobs_test

import (
	"testing"
)

func TestOnVersionArrives(t *testing.T) {
	file := good(t, "testdata/good/on-version.yaml")
	doors, replaced, news, both := file.Job("doors"), file.Job("any-model"), file.Job("news"), file.Job("both")
	equal(t, "doors", *doors.OnVersion, "{236d44f972 [a6d20f8b31] 5m0s 10m0s}")
	equal(t, "without the rest", said(*news.OnVersion, news.OnVersion.Models == nil), "{236d44f972 [] 2m0s 0s} true")
	equal(t, "defaults' skip is for others", said(doors.Overlap, replaced.Overlap, news.Overlap), "queue replace queue")
	equal(t, "no schedule", said(doors.Manual, len(doors.Schedules), len(doors.Schedule.Specs())), "false 0 0")
	equal(t, "runs of versions only", said(doors.HasVersion(), both.HasVersion()), "true false")
	equal(t, "needs", news.Needs().Scopes, []string{"streams:read"})
}
