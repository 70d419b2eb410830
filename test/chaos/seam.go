package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A static Go program takes the clock from the kernel, and no two processes of a machine
// can have clocks apart. So the runner that is put to the test is built with a seam: Go's
// time.Now, and the clock of SQLite's C library, add what a file says. Nothing else of it differs.
var (
	//go:embed seam/time.go.txt
	seamTime []byte
	//go:embed seam/libc.go.txt
	seamLibc []byte
	//go:embed seam/main.go.txt
	seamMain []byte
)

const libc = "modernc.org/libc"

var errNoSeam = errors.New("not what the seam was made for")

// seam writes what the build takes in place of files of Go's and of the C library's, and gives
// its arguments. There is none where these are others than it was made for.
func seam(ctx context.Context, dir string) ([]string, error) {
	root, err := goTells(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	library, err := goTells(ctx, "list", "-m", "-f", "{{.Dir}}", libc)
	if err != nil {
		return nil, err
	}
	module, err := goTells(ctx, "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	clock := filepath.Join(root, "src", "time", "time.go")
	files := map[string]string{}
	for name, text := range map[string][]byte{
		filepath.Join(root, "src", "time", "shift.go"):                             seamTime,
		filepath.Join(filepath.Dir(module), "cmd", "runner", "clock_of_a_file.go"): seamMain,
	} {
		files[name] = filepath.Join(dir, filepath.Base(filepath.Dir(name))+"-shift.go")
		if err := os.WriteFile(files[name], text, 0o600); err != nil {
			return nil, err
		}
	}
	files[clock] = filepath.Join(dir, "time.go")
	if err := sew(clock, files[clock], "sec, nsec, mono := runtimeNow()\n\tif mono == 0 {",
		"sec, nsec, mono := runtimeNow()\n\tsec, nsec = shifted(sec, nsec)\n\tif mono == 0 {"); err != nil {
		return nil, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		return nil, err
	}
	modfile, err := ownLibrary(library, module, dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "overlay.json")
	return []string{"-overlay", path, "-modfile", modfile}, os.WriteFile(path, overlay, 0o600)
}

// ownLibrary copies the C library, whose place isn't writable, and a go.mod that names the copy.
func ownLibrary(library, module, dir string) (string, error) {
	own := filepath.Join(dir, "libc")
	if err := os.CopyFS(own, os.DirFS(library)); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(own, "shift.go"), seamLibc, 0o600); err != nil {
		return "", err
	}
	source := "ccgo_linux_" + runtime.GOARCH + ".go"
	const asks = "\tr = int32(X__syscall2(tls, int64(SYS_clock_gettime), int64(clk), int64(ts)))\n"
	if err := sew(filepath.Join(library, source), filepath.Join(own, source), asks, asks+"\tshiftClock(clk, ts)\n"); err != nil {
		return "", err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(module), name))
		if err != nil {
			return "", err
		}
		if name == "go.mod" {
			text = fmt.Appendf(text, "\nreplace %s => %s\n", libc, own)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "go.mod"), nil
}

// sew writes a file with one place of it changed.
func sew(from, to, old, replacement string) error {
	text, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", from, errNoSeam) // another system's
	} else if err != nil {
		return err
	}
	if bytes.Count(text, []byte(old)) != 1 {
		return fmt.Errorf("%s: %w", from, errNoSeam)
	}
	_ = os.Remove(to) // a copy, which can't be written
	return os.WriteFile(to, bytes.Replace(text, []byte(old), []byte(replacement), 1), 0o600)
}

func goTells(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}
