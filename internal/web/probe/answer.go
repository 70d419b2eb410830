package probe

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"

	"speckle-runner/internal/said"
)

// maxShown is how many characters of an answer are shown.
const maxShown = 300

// answer is what came back, of whichever program.
type answer struct {
	status int
	kind   string // its content type
	text   string
}

// ofServe reports whether a runner made the answer: it is what /healthz has told since
// the first version, or says that this took too long. Others answer with 200, too.
func (a answer) ofServe() bool {
	var told struct {
		Status  string `json:"status"`
		Overdue *int   `json:"overdue_jobs"`
		Error   string `json:"error"`
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal([]byte(a.text), &told) != nil || json.Unmarshal([]byte(a.text), &keys) != nil {
		return false
	}
	if a.status == http.StatusServiceUnavailable && told.Error != "" {
		return true
	}
	_, has := keys["loop_age_seconds"] // null before the first time
	return told.Status != "" && has && told.Overdue != nil
}

// String says what came, for who looks for the program.
func (a answer) String() string {
	text := fmt.Sprintf("HTTP %d, no content type", a.status)
	kind, _, err := mime.ParseMediaType(a.kind)
	if err == nil {
		text = fmt.Sprintf("HTTP %d, %s", a.status, said.Line(kind, maxShown))
	}
	const words = 80
	shown := said.Line(a.text, words)
	if kind == "text/html" {
		shown = said.Line(said.Title(a.text), words)
	}
	if shown != "" {
		text += fmt.Sprintf(", %q", shown)
	}
	return text
}
