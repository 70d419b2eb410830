//go:build !windows

package tokens

import (
	"os"
	"os/exec"
	"syscall"
)

// errNoProgram is what a file gives that can't be run.
const errNoProgram = syscall.ENOEXEC

// apart puts a command into a group of its own, which ends with it: a shell's children
// go on otherwise, and may be deaf to the end of their pipe.
func apart(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error {
		if endGroup(command) {
			return nil
		}
		return os.ErrProcessDone
	}
}

// endGroup ends what is left of a command's group, and reports whether anything was.
func endGroup(command *exec.Cmd) bool {
	return command.Process != nil && syscall.Kill(-command.Process.Pid, syscall.SIGKILL) == nil
}
