package batch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle/batch"
)

// server is what the lanes of a test reach. It notes the bodies that it gets.
type server struct {
	answer func(body string) (status int, text io.Reader) // of an array; status 0: an error
	single func(body string) (status int, text io.Reader) // nil: like a good server

	mu    sync.Mutex
	sent  []string
	under int // answers that aren't closed
	most  int
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	body := string(text)
	s.mu.Lock()
	s.sent = append(s.sent, body)
	s.under++
	s.most = max(s.most, s.under)
	s.mu.Unlock()
	answer := s.answer
	if !strings.HasPrefix(body, "[") {
		answer = s.single
		if answer == nil {
			answer = good
		}
	}
	status, in := answer(body)
	if status == 0 {
		s.closed()
		return nil, errNetwork
	}
	return &http.Response{StatusCode: status, Header: http.Header{"X-Of": {"all"}},
		Body: &connection{in: in, ctx: r.Context(), over: s.closed}}, nil
}

func (s *server) closed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under--
}

var errNetwork = errors.New("the network is down")

// connection is a body that ends with its request, as that of a connection does.
type connection struct {
	in   io.Reader
	ctx  context.Context
	over func()
}

func (b *connection) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, b.ctx.Err()
	}
	if _, is := b.in.(stall); is {
		<-b.ctx.Done()
		return 0, b.ctx.Err()
	}
	n, err := b.in.Read(p[:min(len(p), 7)])
	if err == io.EOF && n == 0 {
		if rest, more := b.in.(*then); more {
			b.in = rest.next
			return b.Read(p)
		}
	}
	return n, err
}

func (b *connection) Close() error { b.over(); return nil }

// stall never gives anything; then gives something else behind a text.
type (
	stall struct{ io.Reader }
	then  struct {
		io.Reader
		next io.Reader
	}
)

// good answers each operation with itself.
func good(body string) (int, io.Reader) {
	return http.StatusOK, strings.NewReader(strings.ReplaceAll(body, "ask", "told"))
}

// what is what one reader got.
type what struct {
	status int
	text   string
	err    error
	doubt  bool
}

// side lets readers ask side by side, and gives what each got. Before it asks, a
// reader may do something; false: it doesn't ask then.
func side(t *testing.T, s *server, g *batch.Group, n int, before ...func(i int) (context.Context, bool)) []what {
	t.Helper()
	way := batch.Over(s)
	lane := g.Lane(t.Context(), n)
	got := make([]what, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			seat := lane.Seat(i)
			defer seat.Leave()
			ctx, asks := t.Context(), true
			if len(before) > 0 {
				ctx, asks = before[0](i)
			}
			if asks {
				got[i] = ask(seat.In(ctx), way, fmt.Sprintf(`{"ask":%d}`, i))
				got[i].doubt = batch.Doubtful(seat.In(ctx))
			}
		})
	}
	all.Wait()
	return got
}

// ask sends one request and reads its answer.
func ask(ctx context.Context, way http.RoundTripper, body string) what {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://speckle.test/graphql", strings.NewReader(body+"\n"))
	if err != nil {
		return what{err: err}
	}
	response, err := way.RoundTrip(request)
	if err != nil {
		return what{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	cancel() // as what watches a body does before it closes it
	return what{status: response.StatusCode, text: strings.TrimSpace(string(text)), err: err}
}

// told reports whether all of these have their own answers.
func told(t *testing.T, got []what, which ...int) {
	t.Helper()
	for _, i := range which {
		if want := fmt.Sprintf(`{"told":%d}`, i); got[i].text != want || got[i].err != nil || got[i].status != http.StatusOK {
			t.Errorf("reader %d got %+v, want %s", i, got[i], want)
		}
	}
}

func group() *batch.Group { return batch.NewGroup(batch.Options{Most: 20, Quiet: time.Minute}) }

func TestReadersGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := &server{answer: good}, group()
		told(t, side(t, s, g, 4), 0, 1, 2, 3)
		if len(s.sent) != 1 || s.sent[0] != `[{"ask":0},{"ask":1},{"ask":2},{"ask":3}]` || g.Refused() {
			t.Errorf("sent %q, refused %t", s.sent, g.Refused())
		}
	})
}

// TestAnEntryIsNoOnesButItsReaders: whatever befalls the answer, a reader has its
// own entry, an error, or a request of its own.
func TestAnEntryIsNoOnesButItsReaders(t *testing.T) {
	array := func(status int, entries ...string) func(string) (int, io.Reader) {
		return func(string) (int, io.Reader) {
			return status, strings.NewReader("[" + strings.Join(entries, ",") + "]\n")
		}
	}
	text := func(status int, said string) func(string) (int, io.Reader) {
		return func(string) (int, io.Reader) { return status, strings.NewReader(said) }
	}
	const zero, one, two = `{"told":0}`, `{"told":1}`, `{"told":2}`
	for name, c := range map[string]struct {
		answer  func(string) (int, io.Reader)
		own     []int // of three readers, have their own answers
		singly  int   // requests
		shared  int   // the status that all have; -1: an error
		refused bool
		doubt   bool
		size    int // of the next batch of many
	}{
		"whole":             {answer: array(200, zero, one, two), own: []int{0, 1, 2}, size: 20},
		"one is refused":    {answer: array(400, zero, one, two), own: []int{0, 1, 2}, size: 20},
		"one is limited":    {answer: array(429, zero, one, two), own: []int{0, 1, 2}, size: 20},
		"the server failed": {answer: array(500, zero, one, two), own: []int{0, 1, 2}, size: 20},
		"one is null":       {answer: array(200, zero, "null", two), own: []int{0, 1, 2}, singly: 1, size: 20},
		"all are null":      {answer: array(200, "null", "null", "null"), own: []int{0, 1, 2}, singly: 3, size: 20},
		"one is missing":    {answer: array(200, zero, two), own: []int{0, 2}, singly: 1, refused: true, doubt: true, size: 1},
		"all are missing":   {answer: array(200), own: []int{0, 1, 2}, singly: 3, refused: true, doubt: true, size: 1},
		"one too many":      {answer: array(200, zero, one, two, two), own: []int{0, 1, 2}, refused: true, doubt: true, size: 1},
		"a number":          {answer: array(200, zero, "1", two), own: []int{0, 1, 2}, singly: 2, size: 1},
		"an object":         {answer: text(200, `{"errors":[{"message":"no"}]}`), own: []int{0, 1, 2}, singly: 3, refused: true, size: 1},
		"bad request":       {answer: text(400, `{"errors":[{"message":"no"}]}`), own: []int{0, 1, 2}, singly: 3, refused: true, size: 1},
		"too large":         {answer: text(413, "<html>"), own: []int{0, 1, 2}, singly: 3, refused: true, size: 1},
		"not implemented":   {answer: text(501, "<html>"), own: []int{0, 1, 2}, singly: 3, refused: true, size: 1},
		"empty":             {answer: text(200, ""), own: []int{0, 1, 2}, singly: 3, refused: true, size: 1},
		"limited before":    {answer: text(429, `{"error":{"code":"RATE_LIMIT_ERROR"}}`), shared: 429, size: 20},
		"a bad gateway":     {answer: text(502, "<html>"), shared: 502, size: 1},
		"no connection":     {answer: text(0, ""), shared: -1, size: 1},
		"it stops at once":  {answer: func(string) (int, io.Reader) { return 200, stall{} }, own: []int{0, 1, 2}, singly: 3, size: 1},
		"it stops in between": {answer: func(string) (int, io.Reader) {
			return 200, &then{strings.NewReader("[" + zero + ","), stall{}}
		}, own: []int{0, 1, 2}, singly: 2, size: 1},
		"it stops at the end": {answer: func(string) (int, io.Reader) {
			return 200, &then{strings.NewReader("[" + zero + "," + one + "," + two), stall{}}
		}, own: []int{0, 1, 2}, size: 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, g := &server{answer: c.answer}, group()
				got := side(t, s, g, 3)
				told(t, got, c.own...)
				for i, one := range got {
					switch {
					case one.doubt != c.doubt:
						t.Errorf("reader %d is in doubt: %t", i, one.doubt)
					case slices.Contains(c.own, i):
					case c.shared > 0 && (one.status != c.shared || one.err != nil), c.shared < 0 && !errors.Is(one.err, errNetwork):
						t.Errorf("reader %d got %+v", i, one)
					}
				}
				if len(s.sent) != 1+c.singly || g.Refused() != c.refused || s.most != 1 {
					t.Errorf("sent %q, refused %t, %d at once", s.sent, g.Refused(), s.most)
				}
				if size := g.Size(200); size != c.size {
					t.Errorf("the next has %d", size)
				}
			})
		})
	}
}

// TestABatchThatIsCut is cut at every byte: who has no whole entry knows, or asks
// singly.
func TestABatchThatIsCut(t *testing.T) {
	const whole = `[{"told":0},{"told":1},{"told":2}]`
	for at := range whole {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(string) (int, io.Reader) { return http.StatusOK, strings.NewReader(whole[:at]) }}
			cut := 0
			for i, got := range side(t, s, group(), 3) {
				if errors.Is(got.err, io.ErrUnexpectedEOF) {
					cut++
				} else if want := fmt.Sprintf(`{"told":%d}`, i); got.text != want || got.err != nil || got.doubt {
					t.Errorf("cut at %d, reader %d got %+v", at, i, got)
				}
			}
			if cut > 1 || s.most != 1 {
				t.Errorf("cut at %d: %d readers had a part, %d requests at once", at, cut, s.most)
			}
		})
	}
}

// TestWhoLeavesKeepsNobodyWaiting: a seat may be left before it asks, as of an
// item that needn't be asked for.
func TestWhoLeavesKeepsNobodyWaiting(t *testing.T) {
	for left, want := range map[int]string{1: `[{"ask":0},{"ask":2}]`, 2: `[{"ask":0},{"ask":1}]`} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: good}
			got := side(t, s, group(), 3, func(i int) (context.Context, bool) {
				time.Sleep(time.Duration(3-i) * time.Second) // whoever is left comes at any time
				return t.Context(), i != left
			})
			told(t, got, 0, 3-left)
			if len(s.sent) != 1 || s.sent[0] != want {
				t.Errorf("sent %q", s.sent)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // one that is left over asks as it would alone
		s := &server{answer: good}
		told(t, side(t, s, group(), 3, func(i int) (context.Context, bool) { return t.Context(), i == 1 }), 1)
		if len(s.sent) != 1 || s.sent[0] != `{"ask":1}`+"\n" {
			t.Errorf("sent %q", s.sent)
		}
	})
}

// TestAReaderThatEndsEarly takes nothing from the others.
func TestAReaderThatEndsEarly(t *testing.T) {
	errStop := errors.New("stopped")
	ended := func(t *testing.T, i, which int, after time.Duration) (context.Context, bool) {
		ctx, cancel := context.WithCancelCause(t.Context())
		t.Cleanup(func() { cancel(nil) })
		if i == which {
			time.AfterFunc(after, func() { cancel(errStop) })
		}
		return ctx, true
	}
	for name, c := range map[string]struct {
		late  time.Duration // of the last reader
		pause io.Reader     // of the answer, in the middle of the second entry
		sent  int
	}{
		"while it waits for others": {late: time.Minute, sent: 1},
		"while it reads":            {pause: stall{}, sent: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: good}
				if c.pause != nil {
					s.answer = func(string) (int, io.Reader) {
						return http.StatusOK, &then{strings.NewReader(`[{"told":0},{"to`), c.pause}
					}
				}
				got := side(t, s, group(), 3, func(i int) (context.Context, bool) {
					if i == 2 {
						time.Sleep(c.late)
					}
					return ended(t, i, 1, 10*time.Second)
				})
				told(t, got, 0, 2)
				if got[1].err == nil || len(s.sent) != c.sent || s.most != 1 {
					t.Errorf("%+v, sent %q", got[1], s.sent)
				}
			})
		})
	}
}

// TestALaneHasOneRequestUnderWay: what its readers ask behind their first
// requests goes singly, one after the other.
func TestALaneHasOneRequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: good}
		way, lane := batch.Over(s), group().Lane(t.Context(), 5)
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				ctx := lane.Seat(i).In(t.Context())
				defer lane.Seat(i).Leave()
				for page := range 3 {
					body := fmt.Sprintf(`{"ask":"%d.%d"}`, i, page)
					if got := ask(ctx, way, body); got.text != strings.Replace(body, "ask", "told", 1) {
						t.Errorf("%+v", got)
					}
				}
			})
		}
		all.Wait()
		if len(s.sent) != 1+5*2 || s.most != 1 {
			t.Errorf("%d at once, sent %q", s.most, s.sent)
		}
	})
}

// TestTheRunsEndEndsTheBatch for all of its readers.
func TestTheRunsEndEndsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &server{answer: func(string) (int, io.Reader) { return http.StatusOK, stall{} }}
		way, lane := batch.Over(s), group().Lane(ctx, 3)
		time.AfterFunc(time.Second, cancel)
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				defer lane.Seat(i).Leave()
				if got := ask(lane.Seat(i).In(ctx), way, "{}"); !errors.Is(got.err, context.Canceled) {
					t.Errorf("%+v", got)
				}
			})
		}
		all.Wait()
	})
}

// TestLargeRequestsGoAlone: a server bounds what it takes at once.
func TestLargeRequestsGoAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: good}
		way, lane := batch.Over(s), group().Lane(t.Context(), 3)
		large := `{"ask":"` + strings.Repeat("x", 300<<10) + `"}`
		var all sync.WaitGroup
		for i, body := range []string{`{"ask":0}`, large, `{"ask":2}`} {
			all.Go(func() {
				defer lane.Seat(i).Leave()
				if got := ask(lane.Seat(i).In(t.Context()), way, body); got.text != strings.Replace(body, "ask", "told", 1) {
					t.Errorf("%.80v", got)
				}
			})
		}
		all.Wait()
		if len(s.sent) != 2 || !slices.Contains(s.sent, `[{"ask":0},{"ask":2}]`) || s.most != 1 {
			t.Errorf("sent %.80q", s.sent)
		}
	})
}

// TestBatchesGoByWhatCame: all alike, and fewer items where answers are large.
func TestBatchesGoByWhatCame(t *testing.T) {
	g := batch.NewGroup(batch.Options{Most: 20, Quiet: time.Minute})
	for left, want := range map[int]int{1: 1, 2: 2, 20: 20, 21: 11, 32: 16, 200: 20, 201: 19} {
		if size := g.Size(left); size != want {
			t.Errorf("of %d items %d go together, want %d", left, size, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s, g := &server{answer: func(body string) (int, io.Reader) {
			entry := `{"data":"` + strings.Repeat("x", 512<<10) + `"}`
			var asked []json.RawMessage
			_ = json.Unmarshal([]byte(body), &asked)
			return http.StatusOK, strings.NewReader("[" + strings.TrimSuffix(strings.Repeat(entry+",", len(asked)), ",") + "]")
		}}, group()
		side(t, s, g, 2)
		if size := g.Size(200); size != 3 { // of half a MiB, and a little
			t.Errorf("%d go together", size)
		}
	})
}
