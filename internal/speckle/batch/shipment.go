package batch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

const (
	// mostShared is how much is kept of an answer that is everybody's.
	mostShared = 64 << 10
	// mostBehind is how much, and how long, an answer is read behind what was
	// asked for, so that its connection can be used again.
	mostBehind = 4 << 10
	longBehind = time.Second
)

// shipment is the request of several seats on its way.
type shipment struct {
	lane   *Lane
	seats  []*Seat // from the one whose turn it is
	cancel context.CancelFunc
}

func (b *shipment) run() {
	defer close(b.lane.over)
	size := len(b.seats)
	ctx, cancel := context.WithCancel(b.lane.ctx)
	defer cancel()
	b.cancel = cancel
	select {
	case b.lane.turn <- struct{}{}:
		defer func() { <-b.lane.turn }()
	case <-ctx.Done():
		b.all(func() given { return given{err: context.Cause(ctx)} })
		return
	}
	response, err := b.seats[0].next.RoundTrip(b.request(ctx))
	if err != nil {
		b.lane.group.failed(size)
		b.all(func() given { return given{err: err} })
		return
	}
	defer response.Body.Close()
	if !b.take(response) {
		b.lane.group.failed(size)
	}
	b.all(func() given { return given{} }) // whoever still waits asks singly
}

// take gives the seats what was answered. False: it came to nothing, or not to
// its end.
func (b *shipment) take(response *http.Response) bool {
	entries := newArray(response.Body)
	is := false
	err := b.timed(func() (err error) {
		is, err = entries.open()
		return err
	})
	switch status := response.StatusCode; {
	case err != nil:
		return false
	case is:
		return b.split(response, entries)
	case passing(status):
		b.share(response, entries.in)
		return status == http.StatusTooManyRequests
	}
	b.lane.group.refuse()
	b.finish(entries.in)
	return true
}

// request is the array of what all seats ask.
func (b *shipment) request(ctx context.Context) *http.Request {
	bodies := make([][]byte, len(b.seats))
	for i, s := range b.seats {
		bodies[i] = bytes.TrimSpace(s.body)
	}
	body := append(append([]byte("["), bytes.Join(bodies, []byte(","))...), ']')
	return again(b.seats[0].request.WithContext(ctx), body)
}

// again gives a request a new body.
func again(request *http.Request, body []byte) *http.Request {
	request = request.Clone(request.Context())
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()
	request.ContentLength = int64(len(body))
	return request
}

// passing reports whether a status says that something is wrong for a while.
// Others are taken as the word of a server, or a proxy, that takes no batches.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status == http.StatusTooEarly ||
		status >= 500 && status != http.StatusNotImplemented
}

// all gives the same to every seat that is left.
func (b *shipment) all(what func() given) {
	for _, s := range b.seats {
		s.give(what())
	}
	b.seats = nil
}

// share makes an answer to all of them the answer to each.
func (b *shipment) share(response *http.Response, in io.Reader) {
	var body []byte
	_ = b.timed(func() error { // half of it is still of use
		body, _ = io.ReadAll(io.LimitReader(in, mostShared))
		return nil
	})
	b.all(func() given {
		return given{response: answer(response, response.StatusCode, io.NopCloser(bytes.NewReader(body)))} //nolint:bodyclose // its reader does
	})
}

// split hands each seat its entry, one after the other. False: the answer broke
// off, or a reader did; those behind it are left.
func (b *shipment) split(response *http.Response, entries *array) bool {
	for {
		var there, null bool
		err := b.timed(func() (err error) {
			there, null, err = entries.next()
			return err
		})
		switch last := len(b.seats) == 0; {
		case err != nil:
			return last // all that was asked for was there
		case there == last:
			b.doubt()
			return true
		case last:
			b.finish(entries.in)
			return true
		}
		s := b.seats[0]
		b.seats = b.seats[1:]
		if null {
			s.give(given{})
		} else if !b.hand(s, response, entries) {
			return false
		}
	}
}

// doubt notes that nobody can tell which entry is whose.
func (b *shipment) doubt() {
	b.lane.group.refuse()
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	b.lane.doubt = true
}

// hand lets a seat read its entry, and reports whether it came to its end.
func (b *shipment) hand(s *Seat, response *http.Response, entries *array) bool {
	before := entries.read
	e := &entry{entries: entries, closed: make(chan struct{}), unwatch: context.AfterFunc(s.request.Context(), b.cancel)}
	defer e.unwatch()
	if !s.give(given{response: answer(response, http.StatusOK, e)}) { //nolint:bodyclose // its reader does
		return false
	}
	<-e.closed
	if !entries.whole {
		return false
	}
	b.lane.group.came(entries.read - before)
	return true
}

// timed ends the request when what is waited for doesn't come. While an entry is
// read, its reader sees to that.
func (b *shipment) timed(read func() error) error {
	timer := time.AfterFunc(b.lane.group.quiet, b.cancel)
	defer timer.Stop()
	return read()
}

// finish reads the end of an answer, if it comes at once.
func (b *shipment) finish(in io.Reader) {
	timer := time.AfterFunc(longBehind, b.cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, in, mostBehind) // what isn't read costs a connection
}

// answer makes one reader's answer of the one to all. What is wrong with an
// entry stands in it: the status of the whole is that of its worst.
func answer(to *http.Response, status int, body io.ReadCloser) *http.Response {
	own := *to
	own.StatusCode, own.Status = status, http.StatusText(status)
	own.Header = to.Header.Clone()
	own.Header.Del("Content-Length")
	own.Body, own.ContentLength = body, -1
	return &own
}

// entry is the body of one reader's answer.
type entry struct {
	entries *array
	unwatch func() bool // the reader's context ends the request no more
	closed  chan struct{}
	over    bool
}

func (e *entry) Read(p []byte) (int, error) {
	if e.over {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := e.entries.Read(p)
	if e.entries.whole {
		e.unwatch()
	}
	return n, err
}

func (e *entry) Close() error {
	if !e.over {
		e.over = true
		close(e.closed)
	}
	return nil
}
