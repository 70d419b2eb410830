package run

import (
	"context"

	"speckle-runner/internal/jobs/jq"
)

// newUntil makes the condition that ends the reading of pages; nil for none.
func (e *attempt) newUntil(ctx context.Context, r reading) (func([]byte) (bool, error), error) {
	if r.until == nil {
		return nil, nil
	}
	vars := e.vars()
	if r.each != nil {
		var err error
		if vars.Each, err = jq.Decode(r.each); err != nil {
			return nil, err
		}
	}
	seen := int64(0)
	return func(record []byte) (bool, error) {
		seen++
		input, err := jq.Decode(record)
		if err != nil {
			return false, &selectError{"until", seen, err}
		}
		for value, err := range r.until.Run(ctx, input, vars) {
			if err != nil {
				if ctx.Err() != nil {
					return false, context.Cause(ctx)
				}
				return false, &selectError{"until", seen, err}
			}
			return value != nil && value != false, nil
		}
		return false, nil // it gave nothing
	}, nil
}
