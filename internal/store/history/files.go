package history

import "encoding/json"

// storedFile is a file as the ledger has it. The output of one that is gone has another name
// there: who looks for exports of an output finds none that isn't there.
type storedFile struct {
	File

	Was string `json:"was_output,omitempty"`
}

// StoredFiles gives a run's files as the ledger has them.
func StoredFiles(files []File) (string, error) {
	stored := make([]storedFile, len(files))
	for i, f := range files {
		stored[i].File = f
		if f.Gone {
			stored[i].Output, stored[i].Was = "", f.Output
		}
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

// readFiles reads them.
func (r *Run) readFiles(text string) {
	var stored []storedFile
	readList(r, "files", text, &stored)
	for _, f := range stored {
		if f.Gone {
			f.Output = f.Was
		}
		r.Files = append(r.Files, f.File)
	}
}
