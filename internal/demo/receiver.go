package demo

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
)

// receiver is the demo's own end of every webhook.
type receiver struct {
	server *http.Server
	origin string

	mu       sync.Mutex
	received []arrived
	all      int
}

// arrived is one message that came in.
type arrived struct {
	name string // variable that held the address
	note string
	body []byte
}

// maxMessage bounds what the receiver reads.
const maxMessage = 16 << 20

func startReceiver() (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("webhook receiver: %w", err)
	}
	r := &receiver{origin: "http://" + listener.Addr().String()}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	go func() { _ = r.server.Serve(listener) }() // ends with ErrServerClosed
	return r, nil
}

func (r *receiver) close() { r.server.Close() }

// open sets the variables that the jobs' webhooks name: addresses to the
// receiver, and a secret that signs.
func (r *receiver) open(file *jobs.File) {
	for _, job := range file.Jobs {
		for i := range job.Outputs {
			hook := &job.Outputs[i].Hook
			if hook.AddressEnv != "" {
				os.Setenv(hook.AddressEnv, r.origin+"/"+hook.AddressEnv)
			}
			if hook.SecretEnv != "" {
				os.Setenv(hook.SecretEnv, "made up by runner demo")
			}
		}
	}
}

// ServeHTTP takes a message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxMessage))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	m := arrived{name: "message to " + strings.TrimPrefix(request.URL.Path, "/"), body: body}
	if request.Header.Get("Webhook-Signature") != "" {
		m.note = ", signed"
	}
	r.mu.Lock()
	r.received, r.all = append(r.received, m), r.all+1
	r.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// take gives the messages that came since the last time.
func (r *receiver) take() []arrived {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.received
	r.received = nil
	return taken
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}
