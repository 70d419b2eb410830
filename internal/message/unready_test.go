package message_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"speckle-runner/internal/message"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/secret"
)

// TestAServerThatIsNotReadyIsAskedOnce: for letters that one process sends one after the
// other, and anew by the letter that found it.
func TestAServerThatIsNotReadyIsAskedOnce(t *testing.T) {
	t.Parallel()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	var asked atomic.Int32
	go func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = conn.Close()
		}
	}()
	server := message.Mail{Host: "127.0.0.1", Port: door.Addr().(*net.TCPAddr).Port, TLS: mail.Clear, From: "runner@office.example"}
	deliver := func(id string, by message.Sending) {
		t.Helper()
		to := server
		to.To = id + "@office.example"
		m, err := message.SealLetter(owed.Message{ID: id}, to, mail.Letter{})
		if err != nil {
			t.Fatal(err)
		}
		by.Redactor = &secret.Redactor{}
		if _, err := message.Deliver(t.Context(), m, by); err == nil || !strings.Contains(err.Error(), "greeting: ") {
			t.Errorf("%s: %v", id, err)
		}
	}
	want := func(n int32) {
		t.Helper()
		if asked.Load() != n {
			t.Errorf("it was asked %d times, want %d", asked.Load(), n)
		}
	}
	together := message.Sending{Unready: message.Unready{}}
	deliver("anna", together)
	deliver("ben", together)
	deliver("cleo", together)
	want(1)
	deliver("anna", together)
	want(2)
	deliver("ben", message.Sending{})
	deliver("cleo", message.Sending{})
	want(4)
}
