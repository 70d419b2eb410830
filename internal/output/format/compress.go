package format

import (
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// zstdWindow keeps the encoder near 10 MB of memory; the default window of
// 8 MB costs five times that for a few percent of size.
const zstdWindow = 1 << 20

// compression is one row of the table of compressions.
type compression struct {
	name string
	open func(w io.Writer) (io.WriteCloser, error)
}

// compressions lists them. Both write the same bytes for the same records on
// every run: gzip's header carries no time and no name, zstd uses one thread.
func compressions() []compression {
	return []compression{
		{"gz", func(w io.Writer) (io.WriteCloser, error) {
			out := gzip.NewWriter(w)
			out.ModTime = time.Unix(0, 0) // "no time"; Go's zero time would be written as some day of 2042
			return out, nil
		}},
		{"zst", func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true))
		}},
	}
}
