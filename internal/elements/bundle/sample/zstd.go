package sample

import (
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// packer is parquet-go's Zstandard with one encoder for the whole process. Theirs lie
// in a sync.Pool, which forgets some on purpose under the race detector: an encoder is
// more than a megabyte, and a bundle of small row groups has thousands of pages.
type packer struct{}

var encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
})

func (packer) String() string { return "ZSTD" }

func (packer) CompressionCodec() format.CompressionCodec { return format.Zstd }

func (packer) Encode(dst, src []byte) ([]byte, error) {
	e, err := encoder()
	if err != nil {
		return nil, err
	}
	return e.EncodeAll(src, dst[:0]), nil
}

// Decode is never asked: samples are only written.
func (packer) Decode(_, _ []byte) ([]byte, error) { return nil, errors.ErrUnsupported }
