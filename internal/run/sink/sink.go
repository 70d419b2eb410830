package sink

import (
	"context"
	"time"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/speckle"
)

// Sink takes records from a reader to a spool, through select if there is one.
type Sink struct {
	ctx      context.Context
	into     *kept.Spool
	most     int64     // bytes in it
	mark     kept.Mark // where the page under way begins
	places   places
	selector *selector      // nil: records go straight through
	memory   *memory.Memory // nil: nothing is read by last_success
	chosen   *chooser       // nil: the query itself goes by last_success, whatever select does

	// page holds the records of the page under way where select names $data,
	// which is known only when the page has ended.
	page *kept.Spool
}

// Options say what becomes of the records of one reading.
type Options struct {
	Into    *kept.Spool
	Most    int64       // bytes in it
	Select  *jq.Program // nil: records go straight through
	Vars    jq.Vars     // for Select
	Watched Watched
	Memory  *memory.Memory // nil: nothing is read by last_success
	// Chooses says that only select uses last_success. What it gives in any case is made
	// with the last good run itself, LastGood.
	Chooses  bool
	LastGood time.Time
	// NewSpool makes room for the page under way.
	NewSpool func() (*kept.Spool, error)
}

// New makes the sink of one reading; who makes it closes it.
func New(ctx context.Context, o Options) (*Sink, error) {
	s := &Sink{ctx: ctx, into: o.Into, most: o.Most, mark: o.Into.Mark(), memory: o.Memory}
	s.places.start = s.mark
	if o.Select == nil {
		return s, nil
	}
	s.selector = newSelector(o.Select, o.Vars, o.Watched)
	if o.Memory != nil && o.Chooses {
		s.chosen = newChooser(s.selector, o.LastGood)
	}
	var err error
	if o.Select.Uses("data") {
		s.page, err = o.NewSpool()
	}
	return s, err
}

// Arrange puts the records that reading again recovered where the server lists them. It is
// called last.
func (s *Sink) Arrange() error { return s.places.arrange(s.into) }

// Close lets go of what a page took.
func (s *Sink) Close() {
	if s.page != nil {
		s.page.Close()
	}
}

// Record takes one record of the page under way.
func (s *Sink) Record(record []byte) error {
	if s.page != nil {
		return s.page.Append(record)
	}
	return s.take(record)
}

// Place says where the records from here on belong. Where select sees a whole page, what it
// makes of that stays together.
func (s *Sink) Place(after int64) {
	if s.page == nil || s.page.Count() == 0 {
		s.places.turn(after, s.into.Mark())
	}
}

// take takes a record, unless an earlier run gave it.
func (s *Sink) take(record []byte) error {
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
			return RoomFor(s.into, s.most)
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

func (s *Sink) tell(record []byte) error {
	if s.selector == nil {
		return s.into.Append(record)
	}
	if err := s.selector.record(s.ctx, record, s.into); err != nil {
		return err
	}
	return RoomFor(s.into, s.most)
}

// EndPage makes the page's records part of the run.
func (s *Sink) EndPage(p speckle.Page) error {
	if s.page != nil {
		if err := s.selector.page(s.ctx, s.page, p, s.take); err != nil {
			return err
		}
		if err := s.page.Truncate(kept.Mark{}); err != nil {
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
func (s *Sink) DropPage() error {
	s.places.forget()
	s.memory.Forget()
	if s.selector != nil {
		s.selector.forget()
	}
	if s.page != nil {
		return s.page.Truncate(kept.Mark{})
	}
	return s.into.Truncate(s.mark)
}
