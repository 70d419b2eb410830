package jobs

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/said"
)

// size is a number of bytes such as 500MiB, within bounds; a plain number is
// bytes.
type size struct {
	at
	value int64
}

var (
	sizeForm  = regexp.MustCompile(`^([0-9]{1,18}) *([A-Za-z]*)$`)
	sizeUnits = map[string]int64{
		"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	}
)

func (s *size) read(r *reader, a at, k key) {
	if a.node.Kind != document.KindNumber && !r.wants(a, document.KindText) {
		return
	}
	written := strings.TrimSpace(a.node.Text)
	value := bytesOf(written)
	switch {
	case value < 0:
		r.problem(a, document.Problem{Message: said.Quoted(written) + " is no size", Hint: "write it as " + k.fallback + ", 500MiB or 1000000 (bytes)"})
	case value < bytesOf(k.min):
		r.problem(a, document.Problem{Message: fmt.Sprintf("%s is too small: the least is %s", written, k.min)})
	case value > bytesOf(k.max):
		r.problem(a, document.Problem{Message: fmt.Sprintf("%s is too large: the most is %s", written, k.max)})
	default:
		s.at, s.value = a, value
	}
}

func (s *size) fill(k key) {
	if !s.given() {
		s.value = bytesOf(k.fallback)
	}
}

// bytesOf reads a size, -1 for what is none.
func bytesOf(written string) int64 {
	parts := sizeForm.FindStringSubmatch(written)
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
