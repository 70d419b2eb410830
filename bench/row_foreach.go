package main

import (
	"fmt"
	"time"

	"speckle-runner/internal/speckle/fake"
)

const (
	fullItems = 200
	fewItems  = 32
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
	many, err := forEachItems(l, max(2*workers, l.scaled(fullItems)))
	if err != nil {
		return nil, err
	}
	few, err := forEachItems(l, fewItems)
	return append(many, few...), err
}

// forEachItems lets the runner, and as many curls, ask for some items. The items
// of a request are what the runner decides, or one.
func forEachItems(l *lab, items int) ([]line, error) {
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
	all, err := l.compete(l.rounds, forEach(l, s, items, workers, ""), forEach(l, s, items, 1, ""), forEach(l, s, items, workers, "batch: 1"),
		xargs)
	if err != nil {
		return nil, err
	}
	against := func(i int) line {
		beside := compare(fmt.Sprintf("%d items, %d requests at once", items, workers), seconds(all[0].samples), all[i].name,
			seconds(all[i].samples))
		beside.Note = all[i].note
		return beside
	}
	curls := against(3).ratioAtMost(1.0/8, "≤ 1/8")
	if items <= fewItems {
		curls = against(3).ratioAtMost(1.0/5, "≤ 1/5")
	}
	return []line{curls, against(2), against(1)}, nil
}

func forEach(l *lab, s *server, items, concurrency int, batch string) contestant {
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
      %s
    query: |
%s
    variables: { projectId: %[3]s }
    outputs:
      - file: export.ndjson
`, s.url, indent(listQuery, 8), fake.BulkID, concurrency, batch, indent(itemQuery, 6))
	name := fmt.Sprintf("runner run, %d at once", concurrency)
	if batch != "" {
		name += ", one by one"
	}
	return contestant{
		name: name, argv: []string{l.runner, "run", "models"},
		files: map[string]string{"jobs.yaml": job}, check: checkModels("export.ndjson", items),
	}
}
