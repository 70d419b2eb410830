//go:build !unix

package storetest

import "os/exec"

func watched(name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }

func handOver(string) error { return nil }

func unprivileged(*exec.Cmd) {}

func processes(server int) []int { return []int{server} }
