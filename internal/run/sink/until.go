package sink

import (
	"context"

	"speckle-runner/internal/jobs/jq"
)

// Until makes of a program the condition that ends the reading of pages; nil
// of none.
func Until(ctx context.Context, program *jq.Program, vars jq.Vars) func([]byte) (bool, error) {
	if program == nil {
		return nil
	}
	seen := int64(0)
	return func(record []byte) (bool, error) {
		seen++
		input, err := jq.Decode(record)
		if err != nil {
			return false, &ProgramError{"until", seen, err}
		}
		for value, err := range program.Run(ctx, input, vars) {
			if err != nil {
				if ctx.Err() != nil {
					return false, &WorkError{"until", seen, 0, context.Cause(ctx)}
				}
				return false, &ProgramError{"until", seen, err}
			}
			return value != nil && value != false, nil
		}
		return false, nil // it gave nothing
	}
}
