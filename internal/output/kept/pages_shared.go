package kept

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
)

// errElsewhere ends the keeping where a spool holds something else than the
// pages do.
var errElsewhere = errors.New("the spool holds other records")

// placeDigits is the length of a page's end in its line.
const placeDigits = 16

// PagesIn keeps the pages of a list whose records go to a spool as they are,
// and are the first in it: see NewPages. Each record is to be kept before it is
// appended.
func (d *Dir) PagesIn(spool *Spool, run, key string, since time.Time) *Pages {
	p := d.NewPages(run, key, since)
	// Windows doesn't let go of a name of a file that is open.
	if runtime.GOOS != "windows" && spool.Bytes() == 0 {
		p.spool, p.stands = spool, 0
	}
	return p
}

// holds reports whether a spool holds the pages that stand, and no more; then it
// sums up what follows for them.
func (s *Spool) holds(p *Pages) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.size() != p.stands || s.shown != p.stands || s.count != p.records {
		return false
	}
	s.pages = p.sum
	return true
}

// endPage gives where a page ends, when all that it holds was summed up: as many
// records as the pages have. It is written then, when it is to be.
func (s *Spool) endPage(p *Pages, write bool) (end int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if s.count != p.records+p.pending || p.pending > 0 && s.pages != p.sum {
		return 0, errElsewhere
	}
	s.show()
	if write {
		err = s.flush()
	}
	return s.size(), err
}

// share adds the lines that wait.
func (p *Pages) share() {
	for _, l := range p.waiting {
		p.buf = append(append(p.buf, pageMark), l.sum...)
		p.buf = append(fmt.Appendf(p.buf, "%0*x", placeDigits, l.end), l.meta...)
		p.buf = append(p.buf, '\n')
	}
	p.waiting = p.waiting[:0]
}

// part is for a file system where no file has two names: the records up to here
// are copied, and kept apart from now on.
func (p *Pages) part() error {
	whole, err := p.spool.view()
	if err != nil {
		return err
	}
	p.spool.release()
	p.spool = nil
	p.dir.keeping.add(p.name, p.giveUp)
	from := int64(0)
	for _, l := range p.waiting {
		if err := p.write(); err != nil {
			return err
		}
		n, err := io.Copy(io.NewOffsetWriter(p.file, p.flushed), io.NewSectionReader(whole, from, l.end-from))
		if err != nil {
			return err
		}
		p.flushed, from = p.flushed+n, l.end
		p.line(l.sum, l.meta)
	}
	p.waiting = nil
	p.stands = p.flushed + int64(len(p.buf))
	return nil
}
