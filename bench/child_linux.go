package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of prctl(2).
const prSetChildSubreaper = 36

// launcher starts a command in the background and tells its process id. The
// command waits for the end of fd 4: one that ended before its shell would be
// the shell's to wait for, and there would be nothing left to measure.
const launcher = `{ read -r _ <&4; exec "$@" 4<&-; } 3>&- & echo $! >&3`

// adopt lets this process wait for grandchildren whose parent has left. A
// child of ours would be said to have had our own peak memory: Linux counts
// what a process was before its exec. One that a shell of 1 MB forked is not.
func adopt() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return fmt.Errorf("become a subreaper: %w", errno)
	}
	return nil
}

// perform runs a command to its end and measures it, with all its children.
func perform(ctx context.Context, c *exec.Cmd) (sample, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer r.Close()
	held, release, err := os.Pipe()
	if err != nil {
		w.Close()
		return sample{}, err
	}
	defer release.Close()
	shell := exec.Command("/bin/sh", append([]string{"-c", launcher, "sh"}, c.Args...)...)
	shell.Dir, shell.Env, shell.Stdout, shell.Stderr = c.Dir, c.Env, c.Stdout, c.Stderr
	shell.ExtraFiles = []*os.File{w, held}
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end it with all below it
	err = shell.Start()
	w.Close()
	held.Close()
	if err != nil {
		return sample{}, err
	}
	group := shell.Process.Pid
	defer context.AfterFunc(ctx, func() { _ = syscall.Kill(-group, syscall.SIGKILL) })()
	text, _ := io.ReadAll(r) // an empty one doesn't parse
	err = shell.Wait()
	pid, bad := strconv.Atoi(strings.TrimSpace(string(text)))
	if bad != nil {
		return sample{}, errors.Join(errors.New("the shell started nothing"), err)
	}
	begun := time.Now()
	release.Close() // the shell is gone: the command is ours
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err = syscall.Wait4(pid, &status, 0, &usage)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	s := sample{
		Seconds: time.Since(begun).Seconds(),
		CPU:     float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9,
		MB:      float64(usage.Maxrss) * 1024 / 1e6, // KiB
	}
	switch {
	case err != nil:
		return s, err
	case ctx.Err() != nil:
		return s, context.Cause(ctx)
	case status.Signaled():
		return s, fmt.Errorf("ended by %s", status.Signal())
	case status.ExitStatus() != 0:
		return s, fmt.Errorf("exit code %d", status.ExitStatus())
	}
	return s, nil
}
