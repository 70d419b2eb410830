package split

import "runtime/debug"

// Records of a long answer are taken on another core than the one that reads and
// splits it: windows full of them go from the one to the other. Those of a short
// answer, or of one that arrives in drops, are taken where they are split.

// worthwhile is how many bytes of records are worth another goroutine.
const worthwhile = steadyWindow / 4

// enqueue notes the record that was read last; it lies in the window.
func (s *Splitter) enqueue(size, broken int) {
	in, q := s.in, &s.queue
	e := entry{from: uint32(in.pos - size), to: uint32(in.pos), broken: uint32(broken)} //nolint:gosec // a window is far smaller
	if in.scanner.keyEnd > 0 {
		e.id, e.idEnd = uint32(in.scanner.keyStart), uint32(in.scanner.keyEnd) //nolint:gosec // a window is far smaller
	}
	q.pending = append(q.pending, e)
	q.bytes += size
}

// turn is for when the window's records are about to be overwritten.
func (s *Splitter) turn() error {
	q := &s.queue
	if q.bytes < q.least {
		return s.takeHere()
	}
	if q.taker == nil {
		q.taker = &taker{todo: make(chan window, mostWindows), done: make(chan window, mostWindows)}
		go s.takeAll(q.taker)
	}
	t := q.taker
	t.todo <- window{s.in.buf, q.pending}
	var other window
	if t.lent++; t.lent < mostWindows {
		other = q.windows.take()
	} else {
		other = <-t.done
		t.lent--
	}
	s.swap(other)
	if t.refused.Load() {
		return s.settle()
	}
	return nil
}

// swap goes on in another window, with what is unread of the one before.
func (s *Splitter) swap(other window) {
	in := s.in
	if len(other.buf) < len(in.buf) {
		other.buf = make([]byte, len(in.buf))
	}
	in.pos, in.end, in.buf = 0, copy(other.buf, in.buf[in.pos:in.end]), other.buf
	s.queue.pending, s.queue.bytes = other.records[:0], 0
}

// giveNow takes a record that doesn't lie in the window, when all before it were.
func (s *Splitter) giveNow(record, id []byte, broken int) error {
	if err := s.settle(); err != nil {
		return err
	}
	return s.give(record, id, broken)
}

// settle takes all that was split up to here.
func (s *Splitter) settle() error {
	t := s.queue.taker
	if t == nil {
		return s.takeHere()
	}
	s.queue.taker = nil
	close(t.todo)
	for w := range t.done {
		s.queue.windows.put(w)
	}
	if t.panicked != nil {
		panic(t.panicked)
	}
	if t.err != nil {
		s.queue.pending, s.queue.bytes = nil, 0
		return t.err
	}
	return s.takeHere()
}

func (s *Splitter) takeHere() error {
	w := window{s.in.buf, s.queue.pending}
	s.queue.pending, s.queue.bytes = w.records[:0], 0
	return s.takeFrom(w)
}

// takeAll takes the records of windows until there are no more. What is behind
// one that was refused isn't taken.
func (s *Splitter) takeAll(t *taker) {
	defer close(t.done)
	defer func() {
		broken := recover()
		if broken == nil {
			return
		}
		t.panicked = &PanicError{broken, debug.Stack()}
		t.refused.Store(true)
		for w := range t.todo {
			t.done <- w
		}
	}()
	for w := range t.todo {
		if t.err == nil {
			t.err = s.takeFrom(w)
			t.refused.Store(t.err != nil)
		}
		t.done <- w
	}
}

func (s *Splitter) takeFrom(w window) error {
	for _, e := range w.records {
		var id []byte
		if e.idEnd > 0 {
			id = w.buf[e.id:e.idEnd]
		}
		if err := s.give(w.buf[e.from:e.to], id, int(e.broken)); err != nil {
			return err
		}
	}
	return nil
}
