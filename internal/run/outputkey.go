package run

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs"
)

// outputKeys names outputs from one run to the next: by what they are written
// as, because their numbers change when another is added. Of those that
// write to one place, each gets a name of its own.
func outputKeys(outputs []jobs.Output) []string {
	keys := make([]string, len(outputs))
	seen := map[string]int{}
	for i := range outputs {
		key := outputKey(&outputs[i])
		if seen[key]++; seen[key] > 1 {
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
