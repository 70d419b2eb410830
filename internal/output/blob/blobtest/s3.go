package blobtest

import (
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// s3 is gofakes3, and a count of uploads in parts.
type s3 struct {
	http.Handler

	backend *s3mem.Backend
	mu      sync.Mutex
	open    map[string]int
	keys    map[string]map[string]bool // by bucket: its list misses some after a removal
}

func newS3() store {
	backend := s3mem.New()
	return &s3{backend: backend, Handler: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server(), open: map[string]int{},
		keys: map[string]map[string]bool{}}
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.note(bucket, key)
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		s.forget(bucket, key)
	}
	seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	s.Handler.ServeHTTP(seen, r)
	if seen.status >= http.StatusMultipleChoices {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		s.open[bucket]++
	case query.Has("uploadId") && (r.Method == http.MethodPost || r.Method == http.MethodDelete):
		s.open[bucket]--
	}
}

type statusWriter struct {
	http.ResponseWriter

	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (s *s3) note(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[bucket] == nil {
		s.keys[bucket] = map[string]bool{}
	}
	s.keys[bucket][key] = true
}

func (s *s3) make(bucket string) { must(s.backend.CreateBucket(bucket)) }

func (s *s3) uploads(bucket string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[bucket]
}

func (s *s3) where(r *http.Request) (string, bool) {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return bucket, r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") == ""
}

func (s *s3) put(bucket, key string, o Object) {
	s.note(bucket, key)
	// gofakes3 would keep the old one's metadata, which S3 doesn't.
	_, err := s.backend.DeleteObject(bucket, key)
	must(err)
	_, err = s.backend.PutObject(bucket, key, map[string]string{"Content-Type": o.ContentType}, strings.NewReader(o.Content),
		int64(len(o.Content)), nil)
	must(err)
}

// forget is for a copy: gofakes3 would keep the metadata of what is replaced.
func (s *s3) forget(bucket, key string) {
	_, _ = s.backend.DeleteObject(bucket, key) // the copy tells what is wrong
}

func (s *s3) remove(bucket, key string) {
	_, err := s.backend.DeleteObject(bucket, key)
	must(err)
}

func (s *s3) objects(bucket string) map[string]Object {
	s.mu.Lock()
	keys := maps.Clone(s.keys[bucket])
	s.mu.Unlock()
	found := map[string]Object{}
	for key := range keys {
		object, err := s.backend.GetObject(bucket, key, nil)
		if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
			continue
		}
		must(err)
		content, err := io.ReadAll(object.Contents)
		must(err)
		o := Object{Content: string(content), ContentType: object.Metadata["Content-Type"], Encoding: object.Metadata["Content-Encoding"],
			Metadata: map[string]string{}}
		for name, value := range object.Metadata {
			if key, is := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); is {
				o.Metadata[key] = value
			}
		}
		found[key] = o
	}
	return found
}
