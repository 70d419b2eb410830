package main

import (
	"fmt"
	"time"

	"speckle-runner/internal/speckle/fake"
)

const (
	fullItems = 200
	latency   = 150 * time.Millisecond
	workers   = 8

	listQuery = `query List($projectId: String!, $limit: Int!, $cursor: String) {
  project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } }
}`
	itemQuery = `query Item($projectId: String!, $modelId: String!) {
  project(id: $projectId) { model(id: $modelId) { id name versions(limit: 1) { totalCount } } }
}`
)

func measureForEach(l *lab) ([]line, error) {
	items := max(2*workers, l.scaled(fullItems))
	s, err := l.server(serverSpec{Models: items - 1, Latency: latency}) // the project has one of its own
	if err != nil {
		return nil, err
	}
	xargs := contestant{
		name: fmt.Sprintf("xargs -P %d curl", workers), needs: "xargs", argv: []string{"/bin/sh", "@xargs.sh"},
		env: map[string]string{
			"URL":  s.url + "/graphql",
			"LIST": requestHead(listQuery, fmt.Sprintf(`"projectId":%q,"limit":100,"cursor":`, fake.BulkID)),
			"ITEM": requestHead(itemQuery, fmt.Sprintf(`"projectId":%q,"modelId":`, fake.BulkID)),
		},
		check: checkModels("export.ndjson", items),
	}
	all, err := l.compete(l.rounds, forEach(l, s, items, workers), forEach(l, s, items, 1), xargs)
	if err != nil {
		return nil, err
	}
	ours := seconds(all[0].samples)
	alone := compare(fmt.Sprintf("%d items, %d at once", items, workers), ours, "runner run, one by one", seconds(all[1].samples))
	alone.Note = all[1].note
	beside := compare(alone.What, ours, xargs.name, seconds(all[2].samples))
	beside.Note = all[2].note
	return []line{alone.ratioAtMost(1.0/7, "≤ 1/7"), beside.ratioAtMost(1, "ahead")}, nil
}

func forEach(l *lab, s *server, items, concurrency int) contestant {
	job := fmt.Sprintf(`server: %s
jobs:
  models:
    schedule: manual
    token_env: TOKEN
    for_each:
      query: |
%s
      variables: { projectId: %s, limit: 100 }
      select: "{modelId: .id}"
      concurrency: %d
    query: |
%s
    variables: { projectId: %[3]s }
    outputs:
      - file: export.ndjson
`, s.url, indent(listQuery, 8), fake.BulkID, concurrency, indent(itemQuery, 6))
	return contestant{
		name: fmt.Sprintf("runner run, %d at once", concurrency), argv: []string{l.runner, "run", "models"},
		files: map[string]string{"jobs.yaml": job}, check: checkModels("export.ndjson", items),
	}
}
