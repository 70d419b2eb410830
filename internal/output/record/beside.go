package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"unicode/utf8"
)

// The records of a long export are worked on beside each other: blocks of them go
// to workers, and what workers make of them is taken in the order of the records.

const (
	blocksAtOnce = 3            // one is read or its work taken, two are worked on
	blockMost    = 4 * ReadSize // one with a longer record has the memory for itself
)

// Worker works on records, of some block, one after the other.
type Worker interface {
	// Record reads exactly the record at s, whose text stays until what was made
	// of it is taken. full: that has to be before the next one.
	Record(s *Scanner) (full bool, err error)
}

// Beside lets workers work on all records, and take what they make in the order of
// the records. The text is valid UTF-8, also where the server's wasn't. The first
// error, in the order of the records, ends it.
func Beside[W Worker](ctx context.Context, r Records, worker func() W, take func(W) error) error {
	in, err := r.Open()
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	defer in.Close()
	b := &beside[W]{in: blocks{in: ctxReader{ctx, in}}, worker: worker, take: take}
	defer b.end()
	if err := b.run(); err != nil {
		return err
	}
	return r.CheckCount(b.count)
}

type beside[W Worker] struct {
	in      blocks
	worker  func() W
	take    func(W) error
	lots    []*lot[W] // in use, in turn
	todo    chan *lot[W]
	workers sync.WaitGroup
	count   int64 // records whose work was taken
}

// lot is a block on its way, with the worker that works on it.
type lot[W Worker] struct {
	worker  W
	text    []byte
	left    []byte // of text
	records int64  // worked on since work was taken
	err     error
	broken  any // what it panicked with
	under   bool
	done    chan struct{}
}

func (b *beside[W]) run() error {
	for turn := 0; ; turn++ {
		l, err := b.lot(turn)
		if err != nil {
			return err
		}
		l.text, err = b.in.next(l.text)
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		alone := len(l.text) > blockMost || b.todo == nil && (b.in.ended || runtime.GOMAXPROCS(0) == 1)
		switch {
		case len(l.text) == 0:
			return b.settle(turn)
		case alone:
			// The worker that is there first has what a long record takes, and no other.
			if err := b.settle(turn); err != nil {
				return err
			}
			first, text := b.lots[0], l.text
			if l.text = nil; len(text) <= blockMost {
				first.text = text
			}
			if err := b.finish(first, text); err != nil {
				return err
			}
			turn = -1
		default:
			b.give(l)
		}
	}
}

// lot gives the one whose turn it is, when its work was taken.
func (b *beside[W]) lot(turn int) (*lot[W], error) {
	if turn < blocksAtOnce && turn == len(b.lots) {
		b.lots = append(b.lots, &lot[W]{worker: b.worker(), done: make(chan struct{}, 1)})
	}
	l := b.lots[turn%blocksAtOnce]
	return l, b.collect(l)
}

// give lets somebody else work on a lot.
func (b *beside[W]) give(l *lot[W]) {
	if b.todo == nil {
		b.todo = make(chan *lot[W], blocksAtOnce)
		for range blocksAtOnce - 1 {
			b.workers.Go(func() {
				for l := range b.todo {
					l.work()
					l.done <- struct{}{}
				}
			})
		}
	}
	l.left, l.under = l.text, true
	b.todo <- l
}

// settle takes the work of all lots up to a turn, the oldest first.
func (b *beside[W]) settle(turn int) error {
	for i := range b.lots {
		if err := b.collect(b.lots[(turn+i)%len(b.lots)]); err != nil {
			return err
		}
	}
	return nil
}

// collect waits for a lot, and takes its work.
func (b *beside[W]) collect(l *lot[W]) error {
	for l.under {
		<-l.done
		if err := b.taken(l); err != nil {
			return err
		}
		if l.under = len(l.left) > 0; l.under {
			b.todo <- l
		}
	}
	return nil
}

// finish works on a text here.
func (b *beside[W]) finish(l *lot[W], text []byte) error {
	for l.left = text; len(l.left) > 0; {
		l.work()
		if err := b.taken(l); err != nil {
			return err
		}
	}
	return nil
}

func (b *beside[W]) taken(l *lot[W]) error {
	if l.broken != nil {
		panic(l.broken)
	}
	if l.err != nil {
		if misfit, is := errors.AsType[*MisfitError](l.err); is {
			misfit.Record = b.count + l.records
		}
		return l.err
	}
	b.count += l.records
	return b.take(l.worker)
}

// end waits until nobody works any more.
func (b *beside[W]) end() {
	if b.todo != nil {
		close(b.todo)
		b.workers.Wait()
	}
}

// work lets the worker work on the lot until its end, or until the worker is full.
func (l *lot[W]) work() {
	defer func() {
		if broken := recover(); broken != nil {
			l.broken = fmt.Sprintf("%v\n%s", broken, debug.Stack())
		}
	}()
	l.records = 0
	valid := utf8.Valid(l.left)
	var s Scanner
	for full := false; len(l.left) > 0 && !full; {
		var line []byte
		line, l.left, _ = bytes.Cut(l.left, []byte("\n"))
		if line = bytes.TrimRight(line, "\r"); len(line) == 0 {
			continue
		}
		l.records++
		if !valid {
			line = bytes.ToValidUTF8(line, []byte("\ufffd"))
		}
		s.Text, s.At = line, 0
		if full, l.err = l.worker.Record(&s); l.err == nil && s.Peek() != 0 {
			l.err = ErrNotJSON
		}
		if l.err != nil {
			return
		}
	}
}

// blocks cuts a text into blocks of whole lines.
type blocks struct {
	in    io.Reader
	ahead []byte // read, and behind the last whole line
	ended bool
}

// next reads a block into memory that is there: nothing at the end.
func (b *blocks) next(into []byte) ([]byte, error) {
	text := append(into[:0], b.ahead...)
	for seen := 0; ; {
		if end := bytes.LastIndexByte(text[seen:], '\n') + 1; b.ended || end > 0 && len(text) >= ReadSize {
			if b.ended {
				end = len(text) - seen
			}
			b.ahead = append(b.ahead[:0], text[seen+end:]...)
			return text[:seen+end], nil
		} else if end == 0 {
			seen = len(text)
		}
		at, want := len(text), ReadSize
		if at < ReadSize {
			want -= at
		}
		if cap(text)-at < want {
			text = append(text, make([]byte, want)...)[:at]
		}
		for len(text) < at+want && !b.ended {
			n, err := b.in.Read(text[len(text) : at+want])
			text = text[:len(text)+n]
			if b.ended = err == io.EOF; err != nil && !b.ended {
				return nil, err
			}
		}
	}
}
