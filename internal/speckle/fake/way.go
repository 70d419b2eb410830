package fake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// way is an answer's way back, with what goes wrong on it.
type way struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	hits   []hit
	first  *call
}

func (y way) hit(kind Kind) *hit {
	for i := range y.hits {
		if y.hits[i].Kind == kind && y.hits[i].fresh {
			return &y.hits[i]
		}
	}
	return nil
}

// inFront are the faults of what stands in front of the executor.
var inFront = []Kind{HTMLStatus, HTMLPage, AuthContext, TokenRefused, RateLimited, Redirect}

// obstructed answers in place of the executor where a fault says so.
func (y way) obstructed() bool {
	if h := y.hit(ClockOff); h != nil {
		y.w.Header().Set("Date", time.Now().Add(h.Wait).UTC().Format(http.TimeFormat))
	}
	if h := y.hit(Slow); h != nil {
		y.server.wait(y.r.Context(), h.Wait)
	}
	for i := range y.hits {
		if h := y.hits[i]; h.fresh && y.obstruct(h.Fault) {
			return true
		}
	}
	return false
}

func (y way) obstruct(f Fault) bool {
	if slices.Contains(inFront, f.Kind) {
		y.w.Header().Del("Cache-Control") // which the executor sets
	}
	switch f.Kind {
	case HTMLStatus:
		status := cmp.Or(f.Status, http.StatusBadGateway)
		text := fmt.Sprintf("%d %s", status, http.StatusText(status))
		send(y.w, status, "text/html", []byte("<html>\r\n<head><title>"+text+"</title></head>\r\n<body>\r\n<center><h1>"+text+
			"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
	case HTMLPage:
		send(y.w, http.StatusOK, htmlType, []byte("<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>"))
	case AuthContext:
		send(y.w, http.StatusInternalServerError, jsonType, []byte(`{"error":"Unknown Auth context error"}`))
	case TokenRefused:
		send(y.w, http.StatusForbidden, jsonType, []byte(`{"error":"Your token is not valid."}`))
	case RateLimited:
		sendRateLimited(y.w, cmp.Or(f.Wait, 150*time.Millisecond))
	case RateLimitedInside:
		y.w.Header().Set("X-Ratelimit-Remaining", "49")
		send(y.w, http.StatusTooManyRequests, jsonType, body([]graphError{y.first.injected("RATE_LIMIT_ERROR", http.StatusTooManyRequests,
			tooMany)}, null))
	case Redirect:
		y.w.Header().Set("Location", f.To)
		send(y.w, cmp.Or(f.Status, http.StatusTemporaryRedirect), htmlType, []byte("<p>Moved</p>"))
	case Reset:
		y.reset()
	case Hang:
		y.hang()
	default:
		return false
	}
	return true
}

// reset ends the connection without an answer, if it can with a TCP reset.
func (y way) reset() {
	conn, _, err := http.NewResponseController(y.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server closes the connection instead
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang waits until the other side gives up, or the server ends.
func (y way) hang() {
	select {
	case <-y.r.Context().Done():
	case <-y.server.done:
	}
	panic(http.ErrAbortHandler)
}

// deliver writes an answer, spoiled where a fault says so.
func (y way) deliver(a answer) {
	half := a.body[:len(a.body)/2]
	switch {
	case y.hit(CutBody) != nil:
		y.begin(a, len(a.body), half)
		panic(http.ErrAbortHandler)
	case y.hit(Stall) != nil:
		y.begin(a, len(a.body), half)
		y.hang()
	case y.hit(ShortBody) != nil:
		send(y.w, a.status, jsonType, half)
	case y.hit(TrailingGarbage) != nil:
		send(y.w, a.status, jsonType, append(bytes.TrimSpace(a.body), "\nupstream: retrying {\"data\":"...))
	case y.hit(BrokenText) != nil:
		name := []byte(`"name":"`)
		broken := append(bytes.Clone(name), "\\ud83d\xff"...)
		send(y.w, a.status, jsonType, bytes.Replace(a.body, name, broken, cmp.Or(y.hit(BrokenText).Rows, 1)))
	case y.hit(NoEnd) != nil:
		y.repeat(a)
	case y.hit(Text) != nil:
		send(y.w, a.status, cmp.Or(y.hit(Text).Code, jsonType), []byte(y.hit(Text).To))
	case y.hit(EmptyBody) != nil:
		send(y.w, a.status, jsonType, nil)
	case y.hit(Endless) != nil:
		y.begin(a, -1, a.body)
		y.pour()
	default:
		send(y.w, a.status, jsonType, a.body)
	}
}

// begin sends the header and the first part of a body, and sees it off.
func (y way) begin(a answer, length int, part []byte) {
	y.w.Header().Set("Content-Type", jsonType)
	if length >= 0 {
		y.w.Header().Set("Content-Length", fmt.Sprint(length))
	}
	y.w.WriteHeader(a.status)
	_, _ = y.w.Write(part)                      // a reader that left
	_ = http.NewResponseController(y.w).Flush() // is no business of ours
}

// repeat writes the first item of a page again until nobody reads any more.
func (y way) repeat(a answer) {
	list := y.first.op.collection
	if list == nil {
		send(y.w, a.status, jsonType, a.body)
		return
	}
	// The paths of a list are those of the data, so the body's is one longer.
	from, to, ok := find(a.body, append(append([]string{"data"}, list.path...), list.items))
	var items []json.RawMessage
	if !ok || json.Unmarshal(a.body[from:to], &items) != nil || len(items) == 0 {
		send(y.w, a.status, jsonType, a.body)
		return
	}
	item := append(bytes.Clone(items[0]), ',')
	y.begin(a, -1, a.body[:from+1])
	y.pourOut(bytes.Repeat(item, 1+(1<<16)/len(item)))
}

// pour writes spaces until nobody reads them any more.
func (y way) pour() { y.pourOut(bytes.Repeat([]byte(" "), 1<<16)) }

func (y way) pourOut(text []byte) {
	for {
		select {
		case <-y.r.Context().Done():
			return
		case <-y.server.done:
			panic(http.ErrAbortHandler)
		default:
		}
		if _, err := io.Copy(y.w, bytes.NewReader(text)); err != nil {
			return
		}
	}
}
