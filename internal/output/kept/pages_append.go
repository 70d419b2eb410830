package kept

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"speckle-runner/internal/output/disk"
)

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

// endShared makes the page under way stand, whose records a spool holds.
func (p *Pages) endShared(meta []byte) {
	p.pages++
	write := p.pages > unkeptPages || p.spool.spilled()
	end, err := p.spool.endPage(p, write)
	if err != nil {
		p.fail(err)
		return
	}
	p.stands = end
	p.records, p.pending = p.records+p.pending, 0
	p.waiting = append(p.waiting, pageLine{p.sum.end(meta), meta, end})
	if write {
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
		p.dir.keeping.add(p.name, p.giveUp)
		return nil
	}
	if p.spool.linked(recordsOf(name)) {
		return nil
	}
	return p.part()
}
