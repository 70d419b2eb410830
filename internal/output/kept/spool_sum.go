package kept

import (
	"hash"
	"os"
)

// outEvery is how much is written before the kernel is told to bring it to the
// disk: what has to be durable in the end is there then, but for little.
const outEvery = 8 << 20

// sumUp is what a spool that may become an export does on its way: then nobody
// reads it once more to hash it, and nobody waits for all of it to be on the disk.
type sumUp struct {
	hash hash.Hash
	out  int64 // bytes that the disk was told of
}

func (u *sumUp) writeOut(file *os.File, written int64) {
	if u != nil && written-u.out >= outEvery {
		startWriting(file, u.out, written-u.out)
		u.out = written
	}
}
