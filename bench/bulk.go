package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"speckle-runner/internal/speckle/fake"
)

const (
	fullObjects = 625_000
	pageSize    = 1000
)

const bulkQuery = `query Bulk($projectId: String!, $objectId: String!, $limit: Int!, $cursor: String) {
  project(id: $projectId) {
    object(id: $objectId) {
      children(limit: $limit, cursor: $cursor) { totalCount cursor objects { id data } }
    }
  }
}`

// bulk is the large export, to be made by whoever.
type bulk struct {
	url     string
	records int
}

func (l *lab) bulk(records int) (bulk, error) {
	s, err := l.server(serverSpec{Objects: records})
	if err != nil {
		return bulk{}, err
	}
	return bulk{url: s.url, records: records}, nil
}

func (b bulk) pages() int { return (b.records + pageSize - 1) / pageSize }

// ours lets the runner write a file of the format that its name says.
func (b bulk) ours(l *lab, file string, check func(string) (sum, error)) contestant {
	job := fmt.Sprintf(`server: %s
jobs:
  bulk:
    schedule: manual
    token_env: TOKEN
    query: |
%s
    variables: { projectId: %s, objectId: %s, limit: %d }
    outputs:
      - file: %s
`, b.url, indent(bulkQuery, 6), fake.BulkID, fake.BulkRootID, pageSize, file)
	return contestant{
		name: "runner run", argv: []string{l.runner, "run", "bulk"},
		files: map[string]string{"jobs.yaml": job}, check: check,
	}
}

// head is a request's body up to the cursor, which "}}" follows.
func (b bulk) head() string {
	return requestHead(bulkQuery, fmt.Sprintf(`"projectId":%q,"objectId":%q,"limit":%d,"cursor":`, fake.BulkID, fake.BulkRootID, pageSize))
}

func requestHead(query, variables string) string {
	text, err := json.Marshal(query)
	if err != nil {
		return "" // never: it is a string
	}
	return `{"query":` + string(text) + `,"variables":{` + variables
}

func (b bulk) environment() map[string]string {
	return map[string]string{"URL": b.url + "/graphql", "BODY": b.head()}
}

// oneCurl is a single process that is told all cursors beforehand, over one
// connection: nobody can read faster, and nobody knows the cursors.
func (b bulk) oneCurl() contestant {
	var config strings.Builder
	cursor := "null"
	for page := range b.pages() {
		if page > 0 {
			config.WriteString("next\n")
		}
		fmt.Fprintf(&config, "silent\nshow-error\nfail\nurl = %q\nheader = \"Authorization: Bearer %s\"\n"+
			"header = \"Content-Type: application/json\"\ndata = %q\n",
			b.url+"/graphql", token(), b.head()+cursor+"}}")
		cursor = fmt.Sprintf(`"%s%08x"`, bulkPrefix, (page+1)*pageSize)
	}
	return contestant{
		name: "one curl", needs: "curl", argv: []string{"curl", "-K", "requests"},
		files: map[string]string{"requests": config.String()}, check: checkPages("stdout", b.records, b.pages()),
	}
}

func (b bulk) curlPages() contestant {
	return contestant{
		name: "curl a page", needs: "curl", argv: []string{"/bin/sh", "@curl_pages.sh"},
		env: b.environment(), check: checkPages("pages", b.records, b.pages()),
	}
}

func (b bulk) python() contestant {
	return contestant{
		name: "Python's urllib, json", needs: "python3", argv: []string{python(), "@pages.py"},
		env: b.environment(), check: checkNDJSON("export.ndjson", b.records),
	}
}

func (b bulk) curlJQ() contestant {
	return contestant{
		name: "curl and jq a page", needs: "jq", argv: []string{"/bin/sh", "@curl_jq.sh"},
		env: b.environment(), check: checkNDJSON("export.ndjson", b.records),
	}
}

// python is the interpreter itself: a version manager's wrapper would count.
func python() string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if path := strings.TrimSpace(string(out)); err == nil && path != "" {
		return path
	}
	return "python3"
}

func indent(text string, by int) string {
	pad := strings.Repeat(" ", by)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}
