package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/secret"
)

// Error says what couldn't be done with which object, and what to do.
type Error struct {
	Doing  string // "put", "look at", "remove", "open"
	Object string // its address, without settings
	Final  bool   // another attempt would end the same way
	Err    error  // why, without secrets; output.ErrExists for an object that may not be replaced
}

// Error gives all of it.
func (e *Error) Error() string { return e.Doing + " " + e.Object + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// kind is what went wrong, in words that all clouds share.
type kind int

const (
	other kind = iota
	exists
	noCredentials
	denied
	noBucket
	wrongRegion
	busy        // the service, for now
	unreachable // the network
	unset       // a setting, which the detail names
)

// fault is an error of a cloud, understood.
type fault struct {
	kind   kind
	detail string // what the service said, or the network
}

func (f *fault) Error() string { return f.detail }

// failed makes an *Error of what a bucket gave, or gives nil.
func failed(ctx context.Context, doing string, a address.Address, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Doing: doing, Object: secret.Mask(a.String())}
	f, understood := errors.AsType[*fault](err)
	switch {
	case ctx.Err() != nil:
		e.Err = context.Cause(ctx)
	case !understood:
		e.Err = err // of the draft
	case f.kind == exists:
		e.Err, e.Final = target.ErrExists, true
	default:
		e.Err, e.Final = errors.New(secret.Mask(f.advice(a))), f.kind != other && f.kind != busy && f.kind != unreachable
	}
	return e
}

// advice says what happened and what a person can do.
func (f *fault) advice(a address.Address) string {
	detail := ""
	if f.detail != "" {
		detail = " (" + shown(f.detail) + ")"
	}
	switch f.kind {
	case noCredentials:
		return "no credentials were found: " + address.Credentials(a.Scheme) + detail
	case denied:
		return "access is denied" + detail + ": check the credentials, and that they may write to this bucket"
	case noBucket:
		return "there is no bucket " + a.Bucket + detail + ": make it, or check its name and the settings behind ?"
	case wrongRegion:
		return "the bucket is in another region, or no region is known" + detail + ": set AWS_REGION, or ?region= behind the address"
	case unset:
		return f.detail
	case busy:
		return "the service can't take it now" + detail
	case unreachable:
		return "the service wasn't reached, or hung up" + detail
	}
	return "the service refused" + detail
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
	return &fault{other, detail}
}
