package shape

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// Size is a number of bytes such as 500MiB, within bounds; a plain number is
// bytes.
type Size struct {
	At
	Value int64
}

var (
	sizeForm  = pattern.New(`^([0-9]{1,18}) *([A-Za-z]*)$`)
	sizeUnits = map[string]int64{
		"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	}
)

func (s *Size) read(r *Reader, a At, k Key) {
	if a.Node.Kind != document.KindNumber && !r.wants(a, document.KindText) {
		return
	}
	written := strings.TrimSpace(a.Node.Text)
	value := bytesOf(written)
	switch {
	case value < 0:
		r.Problem(a, document.Problem{Message: said.Quoted(written) + " isn't a size",
			Hint: "write it as " + k.fallback + ", 500MiB or 1000000 (bytes)"})
	case value < bytesOf(k.min):
		r.Problem(a, document.Problem{Message: fmt.Sprintf("%s is too small: the least is %s", written, k.min)})
	case value > bytesOf(k.max):
		r.Problem(a, document.Problem{Message: fmt.Sprintf("%s is too large: the most is %s", written, k.max)})
	default:
		s.At, s.Value = a, value
	}
}

func (s *Size) fill(k Key) {
	if !s.Given() {
		s.Value = bytesOf(k.fallback)
	}
}

// bytesOf reads a size, -1 for what is none.
func bytesOf(written string) int64 {
	parts := sizeForm().FindStringSubmatch(written)
	if parts == nil {
		return -1
	}
	unit, known := sizeUnits[strings.ToLower(parts[2])]
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if !known || err != nil {
		return -1
	}
	if n > math.MaxInt64/unit {
		return math.MaxInt64
	}
	return n * unit
}
