package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// usage reads what a process that still lives has taken: its peak and present
// resident memory in 10⁶ bytes, and its CPU time in seconds.
func (v *service) usage() (peak, now, cpu float64, err error) {
	pid := v.command.Process.Pid
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, 0, fmt.Errorf("serve is gone: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64) // others aren't looked at
		switch name {
		case "VmHWM":
			peak = kib * 1024 / 1e6
		case "VmRSS":
			now = kib * 1024 / 1e6
		}
	}
	text, err = os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return peak, now, 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return peak, now, 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	for _, ticks := range fields[11:13] { // utime, stime in USER_HZ, which is 100
		n, bad := strconv.ParseFloat(ticks, 64)
		if bad != nil {
			return peak, now, 0, bad
		}
		cpu += n / 100
	}
	return peak, now, cpu, nil
}
