package kept

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"speckle-runner/internal/output/record"
)

// Range is the records from one mark to another.
type Range struct{ From, To Mark }

// Since gives how many records lie between two marks.
func (m Mark) Since(before Mark) int64 { return m.count - before.count }

// Arrange puts the records behind the first range's begin into another order:
// that of the ranges, which together are all of them. It writes them once
// more, and nobody may be reading them.
func (s *Spool) Arrange(order []Range) error {
	whole, err := s.view()
	if err != nil {
		return err
	}
	other, err := s.dir.NewSpool(s.label)
	if err != nil {
		return err
	}
	if len(order) > 0 {
		order = append([]Range{{To: order[0].From}}, order...)
	}
	for _, r := range order {
		if err := other.copy(whole, r); err != nil {
			return errors.Join(err, other.Close())
		}
	}
	if got, want := other.Mark(), s.Mark(); got != want {
		return errors.Join(fmt.Errorf("spool: %d records are %d in their order", want.count, got.count), other.Close())
	}
	return s.become(other)
}

// copy appends a range of another spool.
func (s *Spool) copy(from view, r Range) error {
	in := io.NewSectionReader(from, r.From.bytes, r.To.bytes-r.From.bytes)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		at := len(s.buf)
		s.buf = append(s.buf, make([]byte, spoolBuffer-at%spoolBuffer)...)
		n, err := in.Read(s.buf[at:])
		s.buf = s.buf[:at+n]
		if len(s.buf) >= spoolBuffer {
			if err := s.flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			s.count += r.To.count - r.From.count
			return nil
		}
		if err != nil {
			return s.fail("read", err)
		}
	}
}

// become takes over what another spool holds, which is no more then.
func (s *Spool) become(other *Spool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, name := s.file, s.name
	s.sum, s.pages, s.shown = nil, nil, other.shown
	s.file, s.name, s.flushed, s.buf, s.shared, s.count = other.file, other.name, other.flushed, other.buf, other.shared, other.count
	if file == nil {
		return nil
	}
	err := file.Close()
	if !s.dir.RemoveFile(name) {
		err = errors.Join(err, errors.New("spool: its file couldn't be removed"))
	}
	return err
}

// Skip gives the mark so many records behind another.
func (s *Spool) Skip(from Mark, records int64) (Mark, error) {
	whole, err := s.view()
	if err != nil {
		return Mark{}, err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(whole, from.bytes, whole.Size()-from.bytes), record.ReadSize)
	at := from
	for at.count < from.count+records {
		part, err := in.ReadSlice('\n')
		at.bytes += int64(len(part))
		switch {
		case err == nil:
			at.count++
		case !errors.Is(err, bufio.ErrBufferFull):
			return Mark{}, fmt.Errorf("read records: %w", err)
		}
	}
	return at, nil
}
