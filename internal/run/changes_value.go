package run

import (
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/diff"
)

// changesValue gives changes to a program; nil is null.
func changesValue(c *diff.Changes) (any, error) {
	if c == nil {
		return nil, nil
	}
	value := map[string]any{"since": rfc3339(c.Since), "not_compared": texts(c.NotCompared)}
	for kind, list := range map[string]diff.List{"added": c.Added, "removed": c.Removed, "changed": c.Changed} {
		records := make([]any, len(list.Records))
		for i, r := range list.Records {
			id, err := jq.Decode(r.ID)
			if err != nil {
				return nil, err
			}
			record := map[string]any{"id": id, "name": r.Name}
			if kind == "changed" {
				record["fields"] = texts(r.Fields)
			}
			records[i] = record
		}
		value[kind] = records
	}
	return value, nil
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, text := range list {
		values[i] = text
	}
	return values
}
