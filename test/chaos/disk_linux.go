package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"speckle-runner/test/process"
)

// inside says in the environment that what is mounted is nobody else's.
const inside = "CHAOS_INSIDE"

// apart runs this program once more, where it may mount file systems that it and its
// children alone see, and that go with the last of them. Without root's rights it doesn't.
func apart(ctx context.Context) (ran bool, err error) {
	if os.Geteuid() != 0 || os.Getenv(inside) != "" {
		return false, nil
	}
	runtime.LockOSThread() // the death of this thread is what the child is told of
	c := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	c.Cancel, c.WaitDelay = func() error { return c.Process.Signal(syscall.SIGTERM) }, process.Patient
	c.Env = append(os.Environ(), inside+"=yes")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	err = c.Start()
	if errors.Is(err, syscall.EPERM) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, c.Wait()
}

// disk is a file system of our own, which can be full. It lies in memory.
type disk struct{ path string }

// roomy is the size of a disk that is not full: in bytes, which nothing here uses up.
const roomy = 2 << 30

// newDisk mounts one on a folder. There is none where that isn't allowed.
func newDisk(path string) (*disk, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	if os.Getenv(inside) == "" {
		return nil, nil
	}
	if err := syscall.Mount("chaos", path, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", roomy)); err != nil {
		return nil, fmt.Errorf("mount a disk on %s: %w", path, err)
	}
	return &disk{path}, nil
}

// fill leaves no more than so much room.
func (d *disk) fill(room uint64) error {
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(d.path, &s); err != nil {
			return err
		}
		used := (s.Blocks - s.Bfree) * uint64(s.Bsize)
		err := d.resize(used + room)
		if !errors.Is(err, syscall.EINVAL) { // more has been written since
			return err
		}
	}
}

// empty makes room again.
func (d *disk) empty() error { return d.resize(roomy) }

// remove takes it away, with all that is on it.
func (d *disk) remove() error { return syscall.Unmount(d.path, syscall.MNT_DETACH) }

func (d *disk) resize(size uint64) error {
	return syscall.Mount("chaos", d.path, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", max(size, 4096)))
}
