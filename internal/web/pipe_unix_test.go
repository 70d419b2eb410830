//go:build unix

package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"speckle-runner/internal/web"
)

// A pipe that somebody made in an export's place keeps no page waiting.
func TestAPipeInAnExportsPlace(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	run := s.wrote(dir, tick, holding("1.csv", "{date}.csv", "id\n1\n"))
	if err := os.Remove(filepath.Join(dir, "1.csv")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "1.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	page(t, s.ask("GET", "/runs/"+run+"/files/1", browser), http.StatusOK)
	page(t, s.ask("GET", "/runs/"+run+"/changes?file=1", browser), http.StatusOK)
}
