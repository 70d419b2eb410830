package jobs_test

import (
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
)

// TestLookback: the mark lies back only where what comes twice can be known by
// its id, wherever the mark stands.
func TestLookback(t *testing.T) {
	const (
		list  = `query L($id: String, $limit: Int!, $cursor: String, $since: DateTime) { project(id: $id) { versions(limit: $limit, cursor: $cursor, since: $since) { totalCount cursor items { id createdAt } } } }`
		since = "    variables: { id: a, since: '{last_success:2020-01-01T00:00:00Z}' }\n"
		items = "    for_each:\n      query: 'query M($limit: Int!, $cursor: String) { activeUser { projects(limit: $limit, cursor: $cursor) " +
			"{ totalCount cursor items { id updatedAt } } } }'\n"
	)
	for name, c := range map[string]struct {
		keys, query string
		want        time.Duration
	}{
		"until":                  {"    until: .createdAt < $last_success\n", list, 5 * time.Minute},
		"until, of another time": {"    until: .createdAt < $last_success\n    lookback: 90s\n", list, 90 * time.Second},
		"until, switched off":    {"    until: .createdAt < $last_success\n    lookback: 0\n", list, 0},
		"until without the mark": {"    until: .createdAt < $tick\n", list, 0},
		"until, no id":           {"    until: .createdAt < $last_success\n", strings.Replace(list, "id createdAt", "createdAt", 1), 0},
		"a variable":             {since, list, 5 * time.Minute},
		"a variable, used twice": {since, strings.Replace(list, "items { id", "items { children(since: $since) { totalCount } id", 1), 0},
		"a variable, not paged":  {since, `query L($id: String, $since: DateTime) { project(id: $id, since: $since) { id } }`, 0},
		"select":                 {"    select: select(.createdAt > $last_success)\n", list, 5 * time.Minute},
		"select, not paged":      {"    select: '{since: $last_success}'\n", `{ serverInfo { version } }`, 0},
		"nothing":                {"", list, 0},
		"the items": {items + "      until: .updatedAt < $last_success\n", `query P($id: String!) { project(id: $id) { id } }`,
			5 * time.Minute},
		"the items, no id": {strings.Replace(items, "id updatedAt", "name updatedAt", 1) + "      until: .updatedAt < $last_success\n",
			`{ serverInfo { version } }`, 0},
		"the items' select": {items + "      select: 'select(.updatedAt > $last_success)'\n",
			`query P($id: String!) { project(id: $id) { id } }`, 0},
		"the items, and one record": {items + "      until: .updatedAt < $last_success\n" + since,
			`query P($id: String!, $since: DateTime) { project(id: $id, since: $since) { id } }`, 0},
		"both": {items + "      until: .updatedAt < $last_success\n    until: .createdAt < $last_success\n", list,
			5 * time.Minute},
	} {
		text := "server: https://s.example.com\ndefaults: { token_env: T }\njobs:\n  j:\n    schedule: manual\n    query: '" + c.query + "'\n" +
			c.keys + "    outputs: [{ file: 'j-{last_success:2020-01-01T00:00:00Z}.json' }]\n"
		file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
		if file == nil {
			t.Errorf("%s:\n%s", name, problems.Error())
			continue
		}
		if got := file.Jobs[0].Lookback; got != c.want {
			t.Errorf("%s: %s, want %s\n%s", name, got, c.want, problems.Error())
		}
	}
}
