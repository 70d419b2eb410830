package tokens

import (
	"os/exec"

	"golang.org/x/sys/windows"
)

// errNoProgram is what a file gives that can't be run.
const errNoProgram = windows.ERROR_BAD_EXE_FORMAT

// apart leaves a command as it is: Windows knows no groups that end together, and what a
// command has started ends when it finds its pipe closed.
func apart(*exec.Cmd) {}

// endGroup ends the command alone.
func endGroup(command *exec.Cmd) bool { return command.Process != nil && command.Process.Kill() == nil }
