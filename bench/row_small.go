package main

import (
	"fmt"
	"path/filepath"

	"speckle-runner/internal/speckle/fake"
)

const (
	smallRounds = 20
	smallQuery  = `query Small($projectId: String!) { project(id: $projectId) { id name } }`
)

func measureSmall(l *lab) ([]line, error) {
	s, err := l.server(serverSpec{})
	if err != nil {
		return nil, err
	}
	job := fmt.Sprintf(`server: %s
jobs:
  small:
    schedule: manual
    token_env: TOKEN
    query: |
%s
    variables: { projectId: %s }
    outputs:
      - file: export.ndjson
`, s.url, indent(smallQuery, 6), fake.TowerID)
	// The ledger is there from the second run on, wherever it is; each round
	// has a folder of its own.
	ledger := "sqlite:" + filepath.Join(l.scratch, "small.db")
	runner := contestant{
		name: "runner run", argv: []string{l.runner, "run", "small", "--database", ledger},
		files: map[string]string{"jobs.yaml": job}, check: checkSmall("export.ndjson"),
	}
	curl := contestant{
		name: "curl", needs: "curl", check: checkSmall("stdout"),
		argv: []string{
			"curl", "-sS", "--fail", "-H", "Authorization: Bearer " + token(), "-H", "Content-Type: application/json",
			"-d", requestHead(smallQuery, fmt.Sprintf(`"projectId":%q`, fake.TowerID)) + "}}", s.url + "/graphql",
		},
	}
	if _, err := l.compete(1, runner, curl); err != nil { // nobody pays for the cold start
		return nil, err
	}
	all, err := l.compete(max(smallRounds, l.rounds), runner, curl)
	if err != nil {
		return nil, err
	}
	ours, theirs := milliseconds(all[0].samples), milliseconds(all[1].samples)
	one := compare("small job, start to exit", ours, "curl", theirs).aboveAtMost(12)
	one.Note = fmt.Sprintf("%+.1f ms, medians of %d, with a ledger that is there", ours.Value-theirs.Value, len(all[0].samples))
	return []line{one}, nil
}

// checkSmall looks for the project, whatever is around it.
func checkSmall(file string) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		lines, err := eachLine(dir+"/"+file, func(_ int, line []byte) error {
			return contains(line, `"project":{"id":"`+fake.TowerID+`","name":"Kingsgate Tower"}`)
		})
		if err == nil && lines != 1 {
			err = fmt.Errorf("%d lines, not 1", lines)
		}
		return sum{records: 1}, err
	}
}
