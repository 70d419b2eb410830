package kept

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"speckle-runner/internal/output/disk"
	"strings"
	"sync"
	"syscall"
	"time"
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

// pageSum is the checksum of all that stands before it, in two that differ and
// cost next to nothing: it is there against damage, not against malice.
type pageSum struct {
	now, before [2]uint32
}

// sumDigits is the length of its text.
const sumDigits = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newPageSum(head []byte) *pageSum {
	s := &pageSum{}
	s.end(head)
	return s
}

func (s *pageSum) add(text []byte) {
	s.now[0], s.now[1] = crc32.Update(s.now[0], castagnoli, text), crc32.Update(s.now[1], crc32.IEEETable, text)
}

// again forgets the page under way.
func (s *pageSum) again() { s.now = s.before }

// end gives the text of the checksum, and goes on to the next page.
func (s *pageSum) end(meta []byte) string {
	s.add(meta)
	s.before = s.now
	return fmt.Sprintf("%08x%08x", s.now[0], s.now[1])
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

// Append keeps a record of the page under way: JSON on one line.
func (p *Pages) Append(record []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	if p.spool != nil {
		if p.pending++; p.pending == 1 && !p.spool.holds(p) {
			p.fail(errElsewhere)
		}
		return
	}
	before := len(p.buf)
	p.buf = append(append(p.buf, record...), '\n')
	p.sum.add(p.buf[before:])
	p.pending++
	if len(p.buf) >= pagesBuffer {
		p.flush()
	}
}

// End makes the page under way stand. meta is JSON on one line.
func (p *Pages) End(meta []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	if p.spool != nil {
		p.endShared(meta)
		return
	}
	p.line(p.sum.end(meta), meta)
	p.stands = p.flushed + int64(len(p.buf))
	p.pages++
	p.records, p.pending = p.records+p.pending, 0
	if p.pages > unkeptPages || len(p.buf) >= pagesBuffer {
		p.flush()
	}
}

// Drop forgets the page under way.
func (p *Pages) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil || p.pending == 0 {
		return
	}
	p.sum.again()
	p.pending = 0
	if p.spool != nil {
		return // its reader cuts it
	}
	if p.stands >= p.flushed {
		p.buf = p.buf[:p.stands-p.flushed]
		return
	}
	p.buf, p.flushed = p.buf[:0], p.stands
	if err := p.file.Truncate(p.stands); err != nil {
		p.fail(err)
	}
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
		p.dir.keeping.remove(p)
	}
}

// line adds the one behind a page's records.
func (p *Pages) line(sum string, meta []byte) {
	p.buf = append(append(p.buf, pageMark), sum...)
	p.buf = append(append(p.buf, meta...), '\n')
}

func (p *Pages) flush() {
	var err error
	if p.file == nil {
		err = p.open()
	}
	if err == nil {
		p.share()
		err = p.write()
	}
	if err != nil {
		p.fail(err)
	}
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

func (p *Pages) open() error {
	if err := p.dir.makeFolder(p.folder); err != nil {
		return err
	}
	name := filepath.Join(p.folder, fmt.Sprintf("%s-%020d-%s%s", listName(p.key), time.Now().UnixNano(), disk.RandomName(), pagesSuffix))
	file, err := p.dir.Root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	p.name, p.file = name, file
	if p.spool == nil {
		p.dir.keeping.add(p)
		return nil
	}
	if p.spool.linked(recordsOf(name)) {
		return nil
	}
	return p.part()
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

// keeping knows the pages that are being kept on the disk.
type keeping struct {
	mu  sync.Mutex
	all map[*Pages]struct{}
}

func (k *keeping) add(p *Pages) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[*Pages]struct{}{}
	}
	k.all[p] = struct{}{}
}

func (k *keeping) remove(p *Pages) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, p)
}

// makesRoom gives up what is kept, when a disk is full: without it the export may
// have room. It reports whether there was any.
func (k *keeping) makesRoom(full error) bool {
	if !errors.Is(full, syscall.ENOSPC) && !errors.Is(full, syscall.EDQUOT) {
		return false
	}
	k.mu.Lock()
	all := slices.Collect(maps.Keys(k.all))
	k.mu.Unlock()
	for _, p := range all {
		p.mu.Lock()
		p.fail(full)
		p.mu.Unlock()
	}
	return len(all) > 0
}

// listName is what the names of a list's files begin with.
func listName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}
