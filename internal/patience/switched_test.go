package patience_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"speckle-runner/internal/patience"
)

// TestUnswitched: an answer in another protocol is an error at once, although its connection
// stays open and says nothing. Any other answer is as it was.
func TestUnswitched(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"101 Switching Protocols": "HTTP 101", "200 OK": ""} {
		open, hold := context.WithCancel(context.Background())
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = conn.Write([]byte("HTTP/1.1 " + name + "\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"))
			<-open.Done()
		}))
		client := &http.Client{Transport: patience.Unswitched(server.Client().Transport)}
		response, err := client.Get(server.URL)
		switch {
		case err == nil:
			_ = response.Body.Close()
			if want != "" || response.StatusCode != http.StatusOK {
				t.Errorf("%s: it is taken as %s", name, response.Status)
			}
		case want == "" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", name, err)
		}
		client.CloseIdleConnections()
		hold()
		server.Close()
	}
}
