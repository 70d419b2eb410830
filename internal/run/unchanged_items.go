package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/record"
)

// byItems names what an output holds where that is more than all records: of a file of
// each item also which of them are in which. A record that has moved from one to another
// leaves all records as they were. Mail goes by the files that it has attached.
func (e *publisher) byItems(ctx context.Context, out *jobs.Output, all string) (string, error) {
	var parts []string
	for i := range e.Job.Outputs {
		file := &e.Job.Outputs[i]
		if e.Job.ForEach == nil || !file.IsFile() || !e.isPerItem(file.File) || file != out && out.Mail == nil {
			continue
		}
		for _, x := range e.exports(e.in, file) {
			content, err := record.Content(ctx, x.records, out.Ignore)
			if err != nil {
				return "", err
			}
			path, _, err := e.paths(x)
			if err != nil {
				return "", err
			}
			if out.Mail != nil {
				path = fmt.Sprintf("%d %q", i, x.each) // a letter of each day names the same files by other dates
			}
			parts = append(parts, fmt.Sprintf("%q %s", path, content))
		}
	}
	if parts == nil {
		return all, nil
	}
	slices.Sort(parts)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q", all, parts))
	return hex.EncodeToString(sum[:]), nil
}
