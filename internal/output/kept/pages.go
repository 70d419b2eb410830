package kept

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/output/disk"
)

// The pages of a long list lie in .runner/parts/<run>/ while it is read, one
// file for each reading of each attempt: a head, the records a line each, and
// behind those of a page a line about it, with a checksum of all up to there. What a
// kill or a power cut leaves behind the last whole page isn't taken.
//
// Where a spool holds the same records, they aren't written twice: then the
// file with the records is a second name of the spool's, and each line about a
// page says where in it the page ends.
const (
	pagesSuffix   = ".pages"
	recordsSuffix = ".records"
	pageMark      = '#' // no record begins with it

	pagesBuffer = 64 << 10
	// unkeptPages is how many pages wait in memory, as far as they fit: a list of
	// one page never touches the disk.
	unkeptPages = 1
)

// pagesHead is the first line of a file.
type pagesHead struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"` // of the oldest page
}

// Pages keeps the pages of one list while it is read, for one goroutine. Nobody's
// run fails for it: what can't be kept is read again.
type Pages struct {
	dir    *Dir
	folder string
	key    string

	mu      sync.Mutex
	name    string
	file    *os.File // nil while everything fits the buffer
	buf     []byte   // behind what is in file
	flushed int64
	sum     *pageSum
	stands  int64 // bytes of whole pages
	pages   int
	records int64 // of whole pages
	pending int64
	err     error

	spool   *Spool     // holds the records, too; nil: they are written here
	waiting []pageLine // of pages that it holds
}

// pageLine is the line about a page, while it is only in memory.
type pageLine struct {
	sum  string
	meta []byte
	end  int64 // in the spool
}

// NewPages keeps the pages of a list of a run. The key names the list and all
// that decides on what is in it; since is when the oldest page was read.
func (d *Dir) NewPages(run, key string, since time.Time) *Pages {
	head, err := json.Marshal(pagesHead{key, since.UTC()})
	head = append(head, '\n')
	return &Pages{dir: d, folder: partsFolder(run), key: key, sum: newPageSum(head), buf: head, stands: int64(len(head)), err: err}
}

// Records gives how many records whole pages hold.
func (p *Pages) Records() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records
}

// Err says why nothing is kept any more; nil: it is.
func (p *Pages) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close lets the file go; what it holds stays. Nothing is kept after that.
func (p *Pages) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	if p.err == nil {
		p.err = errors.New("pages: they are closed")
	}
}

// Remove removes what was kept.
func (p *Pages) Remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail(errors.New("pages: they are removed"))
}

func (p *Pages) close() {
	p.buf, p.waiting = nil, nil
	if p.spool != nil {
		p.spool.release()
	}
	if p.file != nil {
		_ = p.file.Close()
		p.file = nil
		p.dir.keeping.remove(p.name)
	}
}

// line adds the one behind a page's records.
func (p *Pages) line(sum string, meta []byte) {
	p.buf = append(append(p.buf, pageMark), sum...)
	p.buf = append(append(p.buf, meta...), '\n')
}

func (p *Pages) write() error {
	if _, err := p.file.WriteAt(p.buf, p.flushed); err != nil {
		return err
	}
	p.flushed += int64(len(p.buf))
	if p.buf = p.buf[:0]; cap(p.buf) > 4*pagesBuffer { // a huge record's isn't kept
		p.buf = nil
	}
	return nil
}

// recordsOf names the file with the records, beside that of the pages.
func recordsOf(name string) string { return strings.TrimSuffix(name, pagesSuffix) + recordsSuffix }

// fail ends the keeping, and gives back the room that it took: the export needs it
// more.
func (p *Pages) fail(err error) {
	if p.err == nil {
		p.err = fmt.Errorf("keep the pages that were read, in %s: %w", p.dir.Path(), disk.Cause(err))
	}
	p.records = 0
	p.close()
	if p.name != "" {
		p.dir.RemoveFile(p.name)
		p.dir.RemoveFile(recordsOf(p.name))
	}
}

// giveUp ends the keeping for an export that needs the room.
func (p *Pages) giveUp(full error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail(full)
}

// listName is what the names of a list's files begin with.
func listName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}
