package run

import (
	"context"

	"speckle-runner/internal/output"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/speckle"
)

// sink takes records from the reader to the spool, through select if the job
// has one.
type sink struct {
	ctx      context.Context
	into     *output.Spool
	most     int64       // bytes in it
	mark     output.Mark // where the page under way begins
	places   places
	selector *selector      // nil: records go straight through
	memory   *memory.Memory // nil: nothing is read by the mark
	chosen   *chooser       // nil: what is read hangs on the mark, whatever select makes of it

	// page holds the records of the page under way where select names $data,
	// which is known only when the page has ended.
	page *output.Spool
}

func (e *attempt) newSink(ctx context.Context, r reading) (*sink, error) {
	s := &sink{ctx: ctx, into: r.spool, most: e.Job.MaxBytes, mark: r.spool.Mark(), memory: r.memory}
	s.places.start = s.mark
	if r.program == nil {
		return s, nil
	}
	var err error
	if s.selector, err = e.newSelector(r); err != nil {
		return nil, err
	}
	if r.memory != nil && !r.since {
		s.chosen = e.newChooser(s.selector)
	}
	if r.program.Uses("data") {
		s.page, err = e.runner.Dir.NewSpool(e.Run + "-page")
	}
	return s, err
}

func (s *sink) close() {
	if s.page != nil {
		s.page.Close()
	}
}

// Record takes one record of the page under way.
func (s *sink) Record(record []byte) error {
	if s.page != nil {
		return s.page.Append(record)
	}
	return s.take(record)
}

// Place says where the records from here on belong. Where select sees a page as
// a whole, what it makes of it stays together.
func (s *sink) Place(after int64) {
	if s.page == nil || s.page.Count() == 0 {
		s.places.turn(after, s.into.Mark())
	}
}

// take leaves out what was told before.
func (s *sink) take(record []byte) error {
	m := s.memory
	if m == nil {
		return s.tell(record)
	}
	if s.chosen != nil {
		switch s.chosen.look(s.ctx, record) {
		case outOfSight:
			return nil
		case always:
			if err := s.chosen.tell(s.ctx, record, s.into); err != nil {
				return err
			}
			return roomFor(s.into, s.most)
		}
	}
	hash := m.Hash(record)
	if m.Knows(hash) {
		m.Leave(hash)
		if s.selector != nil {
			s.selector.seen++
		}
		return nil
	}
	before := s.into.Count()
	if err := s.tell(record); err != nil {
		return err
	}
	if s.into.Count() > before { // what select drops now it may give in the next run
		m.Note(hash)
	}
	return nil
}

func (s *sink) tell(record []byte) error {
	if s.selector == nil {
		return s.into.Append(record)
	}
	if err := s.selector.record(s.ctx, record, s.into); err != nil {
		return err
	}
	return roomFor(s.into, s.most)
}

// EndPage makes the page's records part of the run.
func (s *sink) EndPage(p speckle.Page) error {
	if s.page != nil {
		if err := s.selector.page(s.ctx, s.page, p, s.take); err != nil {
			return err
		}
		if err := s.page.Truncate(output.Mark{}); err != nil {
			return err
		}
	}
	s.mark = s.into.Mark()
	s.places.stand(int64(p.Records), s.mark)
	s.memory.Stand()
	if s.selector != nil {
		s.selector.stands()
	}
	return nil
}

// DropPage forgets the page's records.
func (s *sink) DropPage() error {
	s.places.forget()
	s.memory.Forget()
	if s.selector != nil {
		s.selector.forget()
	}
	if s.page != nil {
		return s.page.Truncate(output.Mark{})
	}
	return s.into.Truncate(s.mark)
}
