package blob

import (
	"context"
	"fmt"

	"speckle-runner/internal/output/address"
)

// Supports reports whether this build can write to a scheme's addresses: one
// built with the tag nocloud can't.
func Supports(scheme string) bool { return openers[scheme] != nil }

// open opens the bucket of an address.
func open(ctx context.Context, a address.Address) (bucket, error) {
	if !Supports(a.Scheme) {
		return nil, &Error{Doing: "open", Object: a.String(), Final: true,
			Err: fmt.Errorf("this build of runner has no %s:// in it (it was built with the tag nocloud or demo)", a.Scheme)}
	}
	b, err := openers[a.Scheme](ctx, a)
	return b, failed(ctx, "open", a, err)
}
