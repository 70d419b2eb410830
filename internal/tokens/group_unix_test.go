//go:build !windows

package tokens_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"speckle-runner/internal/tokens"
)

// TestWhatACommandStarted ends with it: a child whose output has no end, and that is deaf
// to the end of its pipe, holds a connection until it is gone.
func TestWhatACommandStarted(t *testing.T) {
	tokens.SetLimit(t, time.Hour)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, err := tokens.Read(t.Context(), command("herd", listener.Addr().String())); err == nil {
		t.Error("no error")
	}
	child, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer child.Close()
	if err := child.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(child); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the child lives on")
	}
}
