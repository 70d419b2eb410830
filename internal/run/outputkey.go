package run

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs"
)

// outputKeys names outputs in the ledger, from one run to the next: by where they go as
// the job file says it, because their numbers change when another is added. Several that
// go to one place are numbered.
func outputKeys(outputs []jobs.Output) []string {
	keys := make([]string, len(outputs))
	seen := map[string]int{}
	for i := range outputs {
		key := outputKey(&outputs[i])
		seen[key]++
		if seen[key] > 1 {
			key = fmt.Sprintf("%s #%d", key, seen[key])
		}
		keys[i] = key
	}
	return keys
}

func outputKey(out *jobs.Output) string {
	switch {
	case out.IsFile():
		return "file " + out.File.Text()
	case out.Mail != nil:
		return "mail " + strings.Join(out.Mail.To, ", ")
	case out.Hook.AddressEnv != "":
		return "webhook " + out.Hook.AddressEnv
	default:
		return "webhook " + out.Hook.Address.Text()
	}
}
