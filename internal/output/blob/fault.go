package blob

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
)

// fault is an error of a cloud, understood.
type fault struct {
	kind   kind
	detail string // what the service said, or the network
}

func (f *fault) Error() string { return f.detail }

// kind is what went wrong, in words that all clouds share.
type kind int

const (
	other kind = iota // no answer of the service, or none that is understood
	exists
	noCredentials
	denied
	noBucket
	wrongRegion
	busy        // the service, for now
	unreachable // the network
	unset       // a setting, which the detail names
	refused     // for good, in words of its own
)

func isFault(err error, kinds ...kind) bool {
	f, is := errors.AsType[*fault](err)
	return is && slices.Contains(kinds, f.kind)
}

// understood makes a fault of an error: by the cloud's own words where there
// are some, else by the network's.
func understood(err error, explain func(error) *fault) error {
	if err == nil {
		return nil
	}
	if f := explain(err); f != nil {
		return f
	}
	if f := networkFault(err); f != nil {
		return f
	}
	return &fault{other, err.Error()}
}

// networkFault gives the fault of an error that no service made, or nil. An
// address in it may be signed: only what is below it is told.
func networkFault(err error) *fault {
	var (
		outer *url.Error
		inner net.Error
		op    *net.OpError
	)
	if errors.As(err, &outer) {
		err = outer.Err
	}
	switch {
	case errors.As(err, &op):
		return &fault{unreachable, op.Error()}
	case errors.As(err, &inner):
		return &fault{unreachable, inner.Error()}
	case outer != nil:
		return &fault{unreachable, err.Error()}
	}
	return nil
}

// statusFault gives the fault of an HTTP status, for answers that say no more.
func statusFault(status int, detail string) *fault {
	if detail == "" {
		detail = fmt.Sprintf("HTTP %d", status)
	}
	switch {
	case status == 401 || status == 403:
		return &fault{denied, detail}
	case status == 404:
		return &fault{noBucket, detail}
	case status == 412:
		return &fault{exists, detail}
	case status == 408 || status == 425 || status == 429 || status >= 500:
		return &fault{busy, detail}
	}
	return &fault{refused, detail}
}
