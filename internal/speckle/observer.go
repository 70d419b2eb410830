package speckle

import (
	"errors"
	"time"
)

// Observer sees what becomes of a client's requests while they go on. Each of its
// functions may be nil; they are called from several goroutines.
type Observer struct {
	Sent   func(Kind)                // a try has ended; "": it was answered well
	Again  func(Kind, time.Duration) // a request is sent once more: why, and after what pause
	Waited func(time.Duration)       // a try waited so long for the rate limit
}

// sent reports a try that is over, and its kind. An answer with data and errors has
// the kind of its errors.
func (t Observer) sent(x *call, err error) Kind {
	kind := kindOf(err)
	if err == nil && x.partial != nil {
		kind = x.partial.Kind
	}
	if t.Sent != nil {
		t.Sent(kind)
	}
	return kind
}

func (t Observer) again(err error, pause time.Duration) {
	if t.Again != nil {
		t.Again(kindOf(err), pause)
	}
}

func (t Observer) waited(since time.Time) {
	if t.Waited != nil {
		t.Waited(time.Since(since))
	}
}

// kindOf gives what was wrong with a try; "" for what neither the server nor the
// network is to blame for.
func kindOf(err error) Kind {
	if later, ok := errors.AsType[*retryAtError](err); ok {
		return later.failed.Kind
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Kind
	}
	return ""
}
