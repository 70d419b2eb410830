package webhook

import (
	"context"

	"speckle-runner/internal/output/record"
)

// PlanBatches is planBatches, with a limit of its own.
func PlanBatches(r record.Records, size, limit int) ([]int, error) {
	return planBatches(context.Background(), r, size, limit)
}
