package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Folder makes a folder to work in: the one that was asked for, or one of the system's for
// what lies about.
func Folder(dir, program string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", program+"-")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}

// Build makes a runner in a folder, as a release has it but for what args say.
func Build(ctx context.Context, dir string, args ...string) (string, error) {
	runner := filepath.Join(dir, "runner")
	all := append([]string{"build", "-trimpath", "-ldflags", "-s -w"}, args...)
	c := exec.CommandContext(ctx, "go", append(all, "-o", runner, "./cmd/runner")...)
	c.Env, c.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("build the runner: %w", err)
	}
	return runner, nil
}
