package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"time"

	"speckle-runner/internal/output/blob/blobtest"
)

// cloud is a bucket in a cloud's storage, and the network to it. What is done to the bucket is
// done one after the other, and each state that it comes to is judged.
type cloud struct {
	bucket  *blobtest.Bucket
	gate    *gate
	watcher *watcher
	secrets func() map[string]string

	mu  sync.Mutex        // held while something is done to the bucket
	was map[string]string // what each object held

	moodMu sync.Mutex
	mood   mood
	nth    int // only each nth request meets the mood
	asked  int
}

// torn is a mood of clouds alone: the connection is cut in the middle of the content.
const torn = moods

// newCloud makes one, with a fresh bucket.
func newCloud(scheme string, w *watcher, secrets func() map[string]string) (*cloud, error) {
	c := &cloud{bucket: blobtest.New(scheme), watcher: w, secrets: secrets, was: map[string]string{}}
	c.bucket.Fault(c.serve)
	var err error
	c.gate, err = newGate(c.bucket.Host())
	return c, err
}

// shelf is where jobs write to, by way of the gate.
func (c *cloud) shelf() shelf {
	return shelf{strings.TrimSuffix(c.bucket.Path(""), "/"), strings.ReplaceAll(c.bucket.Settings(), c.bucket.Host(), c.gate.address)}
}

// feel says how it answers each nth request from now on.
func (c *cloud) feel(m mood, nth int) {
	c.moodMu.Lock()
	defer c.moodMu.Unlock()
	c.mood, c.nth, c.asked = m, nth, 0
}

func (c *cloud) feels() mood {
	c.moodMu.Lock()
	defer c.moodMu.Unlock()
	c.asked++
	if c.mood == well || c.asked%c.nth != 0 {
		return well
	}
	return c.mood
}

// serve answers a request as the cloud feels. A request that didn't come whole is none, and
// neither is one whose sender has gone while it had to wait.
func (c *cloud) serve(w http.ResponseWriter, r *http.Request) bool {
	m := c.feels()
	if m == torn && c.bucket.Sends(r) {
		blobtest.Cut(w, r, 100)
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	switch m {
	case ill:
		c.bucket.Refuse(w, http.StatusInternalServerError, "InternalError")
		return true
	case busy:
		c.bucket.Refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return true
	case slow:
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-time.After(hangs):
		}
	case cutting: // what was asked is done, and the answer is lost
		c.do(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	c.do(w, r)
	return true
}

// do carries out a request, and looks at what became of the bucket.
func (c *cloud) do(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bucket.Serve(w, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.look()
	}
}

// look judges the objects that aren't what they were, but for copies of those that are being
// replaced, which readers leave out. The lock is held.
func (c *cloud) look() {
	now := time.Now()
	for name, o := range c.bucket.Objects() {
		before, there := c.was[name]
		if strings.HasPrefix(path.Base(name), ".") || there && before == o.Content {
			continue
		}
		c.was[name] = o.Content
		at := c.bucket.Path(name)
		c.watcher.report.add(checkSecrets(at, []byte(o.Content+fmt.Sprint(o.Metadata)), c.secrets()))
		c.watcher.report.add(checkSecrets(at+", unpacked,", unpacked([]byte(o.Content)), c.secrets()))
		c.watcher.judge(name, []byte(o.Content), now)
	}
}
