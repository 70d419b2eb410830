package service

import (
	"fmt"
	"strings"
	"testing"
)

// TestRunLogKeepsBothEnds: what went wrong stands at the end of a long log.
func TestRunLogKeepsBothEnds(t *testing.T) {
	var l runLog
	for i := range 20_000 {
		fmt.Fprintf(&l, "line %05d\n", i)
	}
	text := l.String()
	if !strings.HasPrefix(text, "line 00000\n") || !strings.HasSuffix(text, "line 19999\n") || !strings.Contains(text, " lines …\n") ||
		len(text) > 2*maxRunLog+100 {
		t.Errorf("%d bytes: %.40q … %q", len(text), text, text[max(0, len(text)-40):])
	}
	var short runLog
	fmt.Fprintln(&short, "only this")
	if short.String() != "only this\n" {
		t.Errorf("%q", short.String())
	}
}
