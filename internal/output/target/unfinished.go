package target

import "encoding/json"

// Unfinished is what a publication left in another place, such as a bucket: its
// process was killed, or the place didn't answer. It isn't put right at the start,
// which can't wait for a network, but whenever it is possible.
type Unfinished struct {
	Job     string            `json:"job"`
	Run     string            `json:"run"`
	Settled bool              `json:"settled"` // what was put stays; else it goes back
	Notes   []json.RawMessage `json:"notes"`
}
