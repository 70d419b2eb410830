//go:build unix

package process

import (
	"os"
	"syscall"
)

// pause stops a process where it is, as a suspended machine does; wake lets it go on.
func pause(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func wake(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

func ask(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
