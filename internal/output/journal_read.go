package output

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// journaled is what the journal of a dead process says of one publication.
type journaled struct {
	by        target.Author
	staged    []entry
	puts      []entry
	made      []string
	committed bool
	together  bool
	undoing   bool
	settled   bool
	notes     []json.RawMessage
	files     []target.Published
	ended     bool
}

// readJournal gives the publications in their order, also with an error: those
// before a line that can't be read. A cut last line was never acted on.
func (d *Dir) readJournal(name string) ([]*journaled, error) {
	file, err := d.Root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", disk.Cause(err))
	}
	defer file.Close()
	known := map[string]*journaled{}
	var all []*journaled
	in := bufio.NewReader(file)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("read journal: %w", disk.Cause(err))
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return all, fmt.Errorf("read journal %s: %w", name, err)
		}
		r := known[e.ID]
		if r == nil {
			r = &journaled{}
			known[e.ID] = r
			all = append(all, r)
		}
		r.take(e)
	}
}

func (r *journaled) take(e entry) {
	switch e.Op {
	case opBegin:
		r.by = target.Author{Job: e.Job, Run: e.Run, Tick: e.Tick, Attempt: e.Attempt}
	case opFolder:
		r.made = append(r.made, e.Target)
	case opStage:
		r.staged = append(r.staged, e)
	case opPut, opLeave:
		r.put(e)
	case opCommit:
		r.committed, r.together = true, e.Together
	case opUndo:
		r.undoing, r.settled = true, false // a settling that failed may stand before it
	case opNote:
		r.notes = append(r.notes, e.Note)
	case opFiles:
		r.files = e.Files
	case opSettle:
		r.settled = true
	case opEnd:
		r.ended = true
	}
}

// put notes where a file goes; a later word on the same file counts.
func (r *journaled) put(e entry) {
	at := slices.IndexFunc(r.puts, func(have entry) bool { return have.Staged == e.Staged })
	if at < 0 {
		r.puts = append(r.puts, e)
	} else {
		r.puts[at] = e
	}
}

// targets gives what goes where. The journal of an older version says no more
// than which files were staged.
func (r *journaled) targets() []*entry {
	all := r.puts
	if len(all) == 0 {
		all = r.staged
	}
	targets := make([]*entry, len(all))
	for i := range all {
		targets[i] = &all[i]
	}
	return targets
}
