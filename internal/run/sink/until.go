package sink

import (
	"context"
	"errors"

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
		ends, made := false, 0 // it may give nothing
		for value, err := range program.Run(ctx, input, vars) {
			if made++; err == nil && made > 1 { // any but the first would count for nothing
				err = errSeveral
			}
			if err != nil {
				if ctx.Err() != nil {
					return false, &WorkError{"until", seen, 0, context.Cause(ctx)}
				}
				return false, &ProgramError{"until", seen, err}
			}
			ends = value != nil && value != false
		}
		return ends, nil
	}
}

// errSeveral says that a condition is none.
var errSeveral = errors.New("the program gave more than one value: let it give one, as any(…) does of a list")
