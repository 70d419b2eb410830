package blob

import (
	"context"
	"errors"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Error says what couldn't be done with which object, and what to do.
type Error struct {
	Doing  string // "put", "look at", "remove", "open"
	Object string // its address, without settings
	Final  bool   // another attempt would end the same way
	Err    error  // why, without secrets; target.ErrExists for an object that may not be replaced
}

// Error gives all of it.
func (e *Error) Error() string { return e.Doing + " " + e.Object + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

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
		e.Err, e.Final = errors.New(secret.Mask(f.advice(a))), !isFault(f, other, busy, unreachable, refused)
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

// maxSaid is how many characters of a service's words a message quotes.
const maxSaid = 300

// shown makes what a service said fit into a message. Some quote the
// credentials that they were asked with.
func shown(text string) string {
	redactor := &secret.Redactor{}
	for _, value := range Secrets() {
		redactor.Add(value)
	}
	return said.With(redactor).Line(text, maxSaid)
}
