package speckle

import (
	"errors"
	"time"
)

// Told is told what becomes of a client's requests while they go on. Each of its
// functions may be nil; they are called from several goroutines.
type Told struct {
	Sent   func(Kind)                // a try has ended; "": it was answered well
	Again  func(Kind, time.Duration) // a request is sent once more, for what reason and after what pause
	Waited func(time.Duration)       // for the rate limit, before a try
}

// sent tells of a try that is over. Data beside errors is what its errors are.
func (t Told) sent(x *call, err error) Kind {
	kind := kindOf(err)
	if err == nil && x.partial != nil {
		kind = x.partial.Kind
	}
	if t.Sent != nil {
		t.Sent(kind)
	}
	return kind
}

func (t Told) again(err error, pause time.Duration) {
	if t.Again != nil {
		t.Again(kindOf(err), pause)
	}
}

func (t Told) waited(since time.Time) {
	if t.Waited != nil {
		t.Waited(time.Since(since))
	}
}

// kindOf gives what was wrong with a try; "" for what is no fault of the server or
// of the way to it.
func kindOf(err error) Kind {
	if later, ok := errors.AsType[*retryAtError](err); ok {
		return later.failed.Kind
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Kind
	}
	return ""
}
