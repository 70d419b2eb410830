package patience

import (
	"errors"
	"net/http"
)

// errSwitched is told of an answer in another protocol.
var errSwitched = errors.New("the answer is HTTP 101: what answers there goes on in another protocol, which nobody asked for")

// Unswitched refuses answers that leave HTTP (101 Switching Protocols): their body is the bare
// connection, and no deadline of the request ends reading it.
func Unswitched(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &unswitched{next}
}

type unswitched struct{ next http.RoundTripper }

func (u *unswitched) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := u.next.RoundTrip(request)
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		_ = response.Body.Close()
		return nil, errSwitched
	}
	return response, err
}

// CloseIdleConnections closes those of what is below.
func (u *unswitched) CloseIdleConnections() {
	if below, is := u.next.(interface{ CloseIdleConnections() }); is {
		below.CloseIdleConnections()
	}
}
