package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestPerform measures a process by itself: not this one's memory, which a
// child is said to have had.
func TestPerform(t *testing.T) {
	if err := adopt(); err != nil {
		t.Fatal(err)
	}
	ballast := bytes.Repeat([]byte("x"), 64<<20)
	took, err := perform(t.Context(), exec.Command("/bin/true"))
	if err != nil || took.Seconds <= 0 || took.MB <= 0 || took.MB > float64(len(ballast))/2e6 {
		t.Errorf("%+v, %v", took, err)
	}
	out, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	say := exec.Command("/bin/sh", "-c", `printf '%s|' "$@" "$NAME"`, "sh", "a b", "$c")
	say.Stdout, say.Env = out, []string{"NAME=x y"}
	if _, err := perform(t.Context(), say); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(out.Name()); string(text) != "a b|$c|x y|" {
		t.Errorf("it said %q", text)
	}
	if _, err := perform(t.Context(), exec.Command("/bin/sh", "-c", "exit 3")); err == nil || !strings.Contains(err.Error(), "exit code 3") {
		t.Errorf("exit code 3: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := perform(ctx, exec.Command("/bin/sh", "-c", "sleep 60; true")); err == nil {
		t.Error("nothing ended it")
	}
}
