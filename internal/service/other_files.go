package service

import (
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/patience"
)

// otherFilesPause is the time between two looks at the job files of other nodes.
const otherFilesPause = time.Minute

// warnOfOtherFiles warns once when other nodes have another job file, and tells when that is
// over. All go on: nobody knows which of the files is meant.
func warnOfOtherFiles(ctx context.Context, log zerolog.Logger, look func(context.Context) ([]string, error)) {
	told := ""
	for patience.Wait(ctx, otherFilesPause) == nil {
		nodes, err := look(ctx)
		now := strings.Join(nodes, ", ")
		if err != nil || now == told {
			continue // that the ledger is away is told by others
		}
		if told = now; now == "" {
			log.Info().Msg("all nodes have the same job file again")
			continue
		}
		log.Warn().Str("nodes", now).
			Str("hint", "give all nodes the same job file: what is mounted as a single file (subPath), or copied into an image, "+
				"doesn't follow a change").
			Msg("other nodes have another job file: what a run exports depends on which of them runs it")
	}
}
