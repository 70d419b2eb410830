package look

import (
	"maps"

	"speckle-runner/internal/jobs"
)

// Scopes is what one job's token needs, and why, as scopes -o json prints it.
type Scopes struct {
	Job     string              `json:"job"`
	Scopes  []string            `json:"scopes"`
	Soft    []string            `json:"soft"`
	Advised []string            `json:"advised"` // in parentheses in the table
	Roles   []string            `json:"roles"`
	Unknown []string            `json:"unknown"`
	Because map[string][]string `json:"because"`
}

// ScopesOf gives what each job's token needs. Nobody is asked.
func ScopesOf(chosen []*jobs.Job) []Scopes {
	all := []Scopes{}
	for _, job := range chosen {
		n := job.Needs()
		because := maps.Clone(n.Because)
		maps.Copy(because, n.Roled)
		all = append(all, Scopes{job.Name, n.Scopes, n.Soft, n.Advised, n.Roles, n.Unknown, because})
	}
	return all
}
