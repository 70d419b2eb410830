package jobs

import "slices"

// knownScopes are those of specklesystems/speckle-server 51d43b91 (2026-06-15).
var knownScopes = []string{
	"streams:read", "streams:write", "profile:read", "profile:write", "profile:email", "profile:delete",
	"users:read", "users:email", "users:invite", "server:stats", "server:setup", "tokens:read", "tokens:write",
	"apps:read", "apps:write", "automate:report-results", "automate-functions:read", "automate-functions:write",
	"workspace:read", "workspace:create", "workspace:update", "workspace:delete", "workspace:billing",
}

// scopes takes a job's scopes. A server may know others than the ones that its
// open source has, so a strange one is a warning.
func (l *loader) scopes(given texts) []string {
	for _, one := range given.list {
		if !slices.Contains(knownScopes, one.value) {
			hint := didYouMean(one.value, knownScopes)
			if hint == "" {
				hint = "scopes are written like streams:read or users:read"
			}
			l.warning(one.at, Problem{Message: "Speckle's open source server has no scope " + shown(one.value), Hint: hint})
		}
	}
	if given.given() && len(given.list) == 0 {
		return []string{}
	}
	return given.values()
}
