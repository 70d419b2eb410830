package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLittleBeforeMain: what our rooms make before main is paid by every
// command, also one that prints its version.
func TestLittleBeforeMain(t *testing.T) {
	t.Parallel()
	const most = 128 << 10 // it is 76 kB, and was 467 kB while patterns were compiled
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	said := &strings.Builder{}
	command.Stderr = said
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	line := regexp.MustCompile(`^init (speckle-runner/internal/\S+) .* (\d+) bytes,`)
	sum, rooms := 0, 0
	for lines := bufio.NewScanner(strings.NewReader(said.String())); lines.Scan(); {
		found := line.FindStringSubmatch(lines.Text())
		if found == nil || strings.HasSuffix(found[1], "test") {
			continue
		}
		bytes, err := strconv.Atoi(found[2])
		if err != nil {
			t.Fatal(err)
		}
		if rooms++; bytes > most/10 {
			t.Logf("%s: %d bytes", found[1], bytes)
		}
		sum += bytes
	}
	t.Logf("%d bytes, in %d rooms", sum, rooms)
	if sum > most || rooms == 0 {
		t.Errorf("%d bytes in %d rooms before main, want at most %d: make it when it is needed", sum, rooms, most)
	}
}
