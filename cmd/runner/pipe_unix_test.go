//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServeOutlivesTheReaderOfItsLog: what reads the log, such as a shipper or the
// system's journal, goes away, and the runs go on. A write to nobody once killed it.
func TestServeOutlivesTheReaderOfItsLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const file = "server: http://127.0.0.1:1\njobs:\n  quiet: {schedule: '@yearly', token_env: NONE, query: '{ serverInfo { name } }', " +
		"outputs: [{file: a.csv}]}\n"
	if err := os.WriteFile(filepath.Join(dir, "jobs.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	serve := exec.CommandContext(t.Context(), self)
	serve.Args = []string{"runner", "serve", "--listen=", "--preflight=false", "--log-format=json"} // TestMain plays it
	serve.Dir, serve.Stdout, serve.Stderr = dir, write, write
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	log := bufio.NewScanner(read)
	for log.Scan() && !strings.Contains(log.Text(), `"message":"serving"`) {
		t.Log(log.Text())
	}
	_ = read.Close()
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil { // which is logged, to nobody
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
}
