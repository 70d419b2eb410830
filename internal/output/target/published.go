package target

import "time"

// Published is one file of a run, as the ledger keeps it.
type Published struct {
	Path    string `json:"path"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Latest  string `json:"latest,omitempty"` // the second path that holds it
	Output  string `json:"output,omitempty"` // the job's name for the output

	Manifest string `json:"manifest,omitempty"` // the path of its manifest
}

// Author is who publishes: one attempt of a run.
type Author struct {
	Job     string
	Run     string
	Tick    time.Time
	Attempt int
}

// Left is a file of a run that wasn't put in place: a newer one lies there.
type Left struct {
	Path   string
	Latest bool   // it is a second path
	By     string // the run that wrote the newer one
}
