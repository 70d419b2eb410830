package tokens

import "os/exec"

// apart leaves a command as it is: Windows knows no groups that end together, and what a
// command has started ends when it finds its pipe closed.
func apart(*exec.Cmd) {}

// endGroup ends the command alone.
func endGroup(command *exec.Cmd) bool { return command.Process != nil && command.Process.Kill() == nil }
