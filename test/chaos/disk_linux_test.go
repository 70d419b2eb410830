package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestADiskIsFullAndIsEmptied runs itself where it may mount: only root may.
func TestADiskIsFullAndIsEmptied(t *testing.T) {
	if os.Getenv(inside) == "" {
		c := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestADiskIsFullAndIsEmptied$", "-test.v")
		c.Env, c.SysProcAttr = append(os.Environ(), inside+"=yes"), &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		text, err := c.CombinedOutput()
		if errors.Is(err, syscall.EPERM) {
			t.Log("nothing can be mounted here, so no disk is filled here either")
		} else if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		return
	}
	dir := t.TempDir()
	d, err := newDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	write := func() error { return os.WriteFile(filepath.Join(dir, "file"), make([]byte, 1<<20), 0o600) }
	if err := d.fill(100_000); err != nil {
		t.Fatal(err)
	}
	if err := write(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("1 MiB on a disk with 100 kB left: %v", err)
	}
	if err := errors.Join(d.empty(), write()); err != nil {
		t.Error(err)
	}
	if err := syscall.Unmount(dir, 0); err != nil {
		t.Error(err)
	}
}
