package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says what the numbers were measured on.
func (l *lab) machine() []fact {
	facts := []fact{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 MST")},
		{"machine", fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())},
		{"go", runtime.Version()},
		{"runner", firstLine(l.ctx, l.runner, "version")},
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		facts = append(facts, fact{"load", strings.Join(strings.Fields(string(load))[:3], " ") + " before it began"})
	}
	for _, tool := range []string{"curl", "jq", "python3"} {
		facts = append(facts, fact{tool, firstLine(l.ctx, tool, "--version")})
	}
	return append(facts, fact{"duckdb", l.duckDBVersion()})
}

func firstLine(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		return "none"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
