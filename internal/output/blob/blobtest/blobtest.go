// Package blobtest is clouds' storage on loopback, in memory, for tests: S3 by
// gofakes3, and of Google's and Azure's the few requests that the runner makes.
// It knows no signatures and keeps nothing.
package blobtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// Schemes lists what New takes.
func Schemes() []string { return []string{"s3", "gs", "azblob"} }

// Env sets the variables that clouds' clients look for, in this process and
// those that it starts, so that they find the servers of this package and no
// credentials of the machine.
func Env(set func(name, value string)) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIATESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "",
		"STORAGE_EMULATOR_HOST": running("gs").url,
		"AZURE_STORAGE_ACCOUNT": account, "AZURE_STORAGE_KEY": "c2VjcmV0LW9mLXRoZS10ZXN0", "AZURE_STORAGE_SAS_TOKEN": "",
		"AZURE_STORAGE_CONNECTION_STRING": "", "AZURE_STORAGEBLOB_CONNECTIONSTRING": "",
	} {
		set(name, value)
	}
}

// server is one for all buckets of a scheme: an emulator of Google's is named by
// a variable of the process.
type server struct {
	store

	url string

	mu     sync.Mutex
	faults map[string]func(http.ResponseWriter, *http.Request) bool
}

var (
	serversMu sync.Mutex
	servers   = map[string]*server{}
)

func running(scheme string) *server {
	serversMu.Lock()
	defer serversMu.Unlock()
	if servers[scheme] == nil {
		s := &server{store: map[string]func() store{"s3": newS3, "gs": newGoogle, "azblob": newAzure}[scheme](),
			faults: map[string]func(http.ResponseWriter, *http.Request) bool{}}
		s.url = httptest.NewServer(http.HandlerFunc(s.serve)).URL
		servers[scheme] = s
	}
	return servers[scheme]
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	bucket, _ := s.where(r)
	s.mu.Lock()
	fault := s.faults[bucket]
	s.mu.Unlock()
	if fault == nil || !fault(w, r) {
		s.ServeHTTP(w, r)
	}
}

// Bucket is a fresh one of a scheme.
type Bucket struct {
	Scheme, Name string

	server *server
}

var numbered atomic.Int64

// New makes a bucket.
func New(scheme string) *Bucket {
	b := &Bucket{Scheme: scheme, Name: fmt.Sprintf("bucket-%d", numbered.Add(1)), server: running(scheme)}
	b.server.make(b.Name)
	return b
}

// Host gives host and port of the bucket's server.
func (b *Bucket) Host() string { return strings.TrimPrefix(b.server.url, "http://") }

// Settings gives what stands behind addresses.
func (b *Bucket) Settings() string {
	switch b.Scheme {
	case "s3":
		return "?endpoint=" + b.server.url + "&use_path_style=true"
	case "azblob":
		return "?protocol=http&domain=" + b.Host()
	}
	return ""
}

// Address gives an object's address, with settings.
func (b *Bucket) Address(key string) string { return b.Path(key) + b.Settings() }

// Path gives an object's address without settings.
func (b *Bucket) Path(key string) string { return b.Scheme + "://" + b.Name + "/" + key }

// Objects gives all that the bucket holds.
func (b *Bucket) Objects() map[string]Object { return b.server.objects(b.Name) }

// Put is somebody else's put.
func (b *Bucket) Put(key, content string) {
	b.server.put(b.Name, key, Object{Content: content, ContentType: "text/plain"})
}

// Remove is somebody else's removal.
func (b *Bucket) Remove(key string) { b.server.remove(b.Name, key) }

// Uploads counts the uploads in parts that were begun and neither ended nor
// aborted.
func (b *Bucket) Uploads() int { return b.server.uploads(b.Name) }

// Fault lets f see every request to the bucket first. It says whether it has
// answered; nil is no fault.
func (b *Bucket) Fault(f func(http.ResponseWriter, *http.Request) bool) {
	b.server.mu.Lock()
	defer b.server.mu.Unlock()
	b.server.faults[b.Name] = f
}

// Sends reports whether a request sends content, as a whole or in a part.
func (b *Bucket) Sends(r *http.Request) bool {
	_, sends := b.server.where(r)
	return sends
}

// Refuse answers as the scheme's service does.
func (b *Bucket) Refuse(w http.ResponseWriter, status int, code string) {
	refuse(b.Scheme, w, status, code)
}

// Cut reads a part of a request's content and hangs up.
func Cut(w http.ResponseWriter, r *http.Request, after int) {
	_, _ = r.Body.Read(make([]byte, after))
	panic(http.ErrAbortHandler)
}

// Lose carries out a request and hangs up before its answer.
func (b *Bucket) Lose(r *http.Request) {
	b.server.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// Serve carries out a request as if there were no fault.
func (b *Bucket) Serve(w http.ResponseWriter, r *http.Request) { b.server.ServeHTTP(w, r) }
