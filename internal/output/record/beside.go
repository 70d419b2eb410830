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
// to hands, and what hands make of them is taken in the order of the records.

const (
	blocksAtOnce = 3            // one is read or its work taken, two are worked on
	blockMost    = 4 * ReadSize // one with a longer record has the memory for itself
)

// Hand works on records, of some block, one after the other.
type Hand interface {
	// Record reads exactly the record at s, whose text stays until what was made
	// of it is taken. full: that has to be before the next one.
	Record(s *Scanner) (full bool, err error)
}

// Beside lets hands work on all records, and take what they make in the order of
// the records. The text is valid UTF-8, also where the server's wasn't. The first
// error, in the order of the records, ends it.
func Beside[H Hand](ctx context.Context, r Records, hand func() H, take func(H) error) error {
	in, err := r.Open()
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	defer in.Close()
	b := &beside[H]{in: blocks{in: ctxReader{ctx, in}}, hand: hand, take: take}
	defer b.end()
	if err := b.run(); err != nil {
		return err
	}
	return r.CheckCount(b.count)
}

type beside[H Hand] struct {
	in    blocks
	hand  func() H
	take  func(H) error
	lots  []*lot[H] // in use, in turn
	todo  chan *lot[H]
	hands sync.WaitGroup
	count int64 // records whose work was taken
}

// lot is a block on its way, with the hand that works on it.
type lot[H Hand] struct {
	hand    H
	text    []byte
	left    []byte // of text
	records int64  // worked on since work was taken
	err     error
	broken  any // what it panicked with
	under   bool
	done    chan struct{}
}

func (b *beside[H]) run() error {
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
			// The hand that is there first has what a long record takes, and no other.
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
func (b *beside[H]) lot(turn int) (*lot[H], error) {
	if turn < blocksAtOnce && turn == len(b.lots) {
		b.lots = append(b.lots, &lot[H]{hand: b.hand(), done: make(chan struct{}, 1)})
	}
	l := b.lots[turn%blocksAtOnce]
	return l, b.collect(l)
}

// give lets somebody else work on a lot.
func (b *beside[H]) give(l *lot[H]) {
	if b.todo == nil {
		b.todo = make(chan *lot[H], blocksAtOnce)
		for range blocksAtOnce - 1 {
			b.hands.Go(func() {
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
func (b *beside[H]) settle(turn int) error {
	for i := range b.lots {
		if err := b.collect(b.lots[(turn+i)%len(b.lots)]); err != nil {
			return err
		}
	}
	return nil
}

// collect waits for a lot, and takes its work.
func (b *beside[H]) collect(l *lot[H]) error {
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
func (b *beside[H]) finish(l *lot[H], text []byte) error {
	for l.left = text; len(l.left) > 0; {
		l.work()
		if err := b.taken(l); err != nil {
			return err
		}
	}
	return nil
}

func (b *beside[H]) taken(l *lot[H]) error {
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
	return b.take(l.hand)
}

// end waits until nobody works any more.
func (b *beside[H]) end() {
	if b.todo != nil {
		close(b.todo)
		b.hands.Wait()
	}
}

// work lets the hand work on the lot until its end, or until the hand is full.
func (l *lot[H]) work() {
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
		if full, l.err = l.hand.Record(&s); l.err == nil && s.Peek() != 0 {
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
