package speckle

import (
	"fmt"
	"io"
	"sync/atomic"
)

// Budget bounds the bytes of answers that several Reads may take together: those of all
// pages, of readings that are repeated and of tries that broke off, after decompression. A
// nil one bounds nothing.
type Budget struct {
	most int64
	used atomic.Int64
}

// NewBudget gives a budget of most bytes.
func NewBudget(most int64) *Budget { return &Budget{most: most} }

// Exceeded reports whether it was used up.
func (b *Budget) Exceeded() bool { return b != nil && b.used.Load() > b.most }

// reader counts what is read of in, and gives an error once the budget is used up.
func (b *Budget) reader(in io.Reader) io.Reader {
	if b == nil {
		return in
	}
	return &budgeted{in, b}
}

type budgeted struct {
	in     io.Reader
	budget *Budget
}

func (r *budgeted) Read(p []byte) (int, error) {
	if r.budget.Exceeded() {
		return 0, &Error{
			Kind: OverBudget, Status: 200, Message: fmt.Sprintf("the answers of this run are larger than max_bytes allows (%s)",
				Size(r.budget.most)),
			Hint: "if they have to be, write a larger max_bytes in the job; else ask for fewer fields or records",
		}
	}
	n, err := r.in.Read(p)
	r.budget.used.Add(int64(n))
	return n, err
}

// Size writes a number of bytes as job files do: 10GiB, 500MiB.
func Size(n int64) string {
	for i, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		if one := int64(1) << (40 - 10*i); n >= one && n%one == 0 {
			return fmt.Sprintf("%d%s", n/one, unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
