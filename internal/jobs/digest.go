package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// digest is what a File's Hash is made of: its text, then its query files in the order of
// their names.
type digest struct{ hash.Hash }

func newDigest(text []byte) digest {
	d := digest{sha256.New()}
	d.add("", text)
	return d
}

func (d digest) add(name string, data []byte) {
	fmt.Fprintf(d, "%d %s\n%d\n", len(name), name, len(data))
	d.Write(data)
}

func (d digest) sum() string { return hex.EncodeToString(d.Sum(nil)) }
