package batch

import (
	"io"
	"net/http"
	"sync"
)

// largestBody is how much a request may send to go with others: servers bound
// what they take at once.
const largestBody = 256 << 10

// Over lays what sends batches over the network. Requests whose context has no
// seat pass it.
func Over(next http.RoundTripper) http.RoundTripper { return layer{next} }

type layer struct{ next http.RoundTripper }

func (l layer) RoundTrip(request *http.Request) (*http.Response, error) {
	s, seated := request.Context().Value(seatKey{}).(*Seat)
	if !seated || request.Body == nil {
		return l.next.RoundTrip(request)
	}
	body, err := io.ReadAll(request.Body)
	_ = request.Body.Close() // it was read to its end
	if err != nil {
		return nil, err
	}
	if len(body) > largestBody {
		s.Leave()
	}
	if got, done := s.arrive(request, body, l.next); done {
		return got.response, got.err
	}
	return s.lane.alone(again(request, body), l.next)
}

// alone sends one reader's request, when no other of the lane is under way.
func (l *Lane) alone(request *http.Request, next http.RoundTripper) (*http.Response, error) {
	select {
	case l.turn <- struct{}{}:
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	response, err := next.RoundTrip(request)
	if err != nil {
		<-l.turn
		return nil, err
	}
	response.Body = &turnBody{ReadCloser: response.Body, over: sync.OnceFunc(func() { <-l.turn })}
	return response, nil
}

// turnBody ends a turn with the answer.
type turnBody struct {
	io.ReadCloser

	over func()
}

func (b *turnBody) Close() error {
	defer b.over()
	return b.ReadCloser.Close()
}
