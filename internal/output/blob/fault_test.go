package blob_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/output/target"
)

// TestCut: the connection is cut in the middle of every put, of a small object
// and of one that goes in parts. The old object stays, the run can say why, and
// the next attempt publishes.
func TestCut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for name, text := range map[string]string{"small": "new", "large": large} {
			r.Put("a.csv", "old")
			var sent atomic.Int64
			r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
				if !r.Sends(req) {
					return false
				}
				if n := sent.Add(1); n > 1 { // the second try gets a final answer
					r.Refuse(w, http.StatusForbidden, "AccessDenied")
					return true
				}
				blobtest.Cut(w, req, 1000)
				return true
			})
			_, err := r.publish(t.Context(), "run-1", file{"a.csv", text, replace})
			if err == nil || !strings.Contains(err.Error(), "put "+r.Path("a.csv")) || !strings.Contains(err.Error(), "(nothing was published)") {
				t.Errorf("%s: %v", name, err)
			}
			r.holds(map[string]string{"a.csv": "old"})
			if n := r.Uploads(); n != 0 && r.Scheme != "azblob" { // Azure drops them by itself
				t.Errorf("%s: %d uploads are open", name, n)
			}
			r.Fault(nil)
			if _, err := r.publish(t.Context(), "run-1", file{"a.csv", text, replace}); err != nil {
				t.Fatalf("%s, again: %v", name, err)
			}
			r.holds(map[string]string{"a.csv": text})
		}
	})
}

// TestCutOnce: one cut is nothing that a run hears of.
func TestCutOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		var sent atomic.Int64
		r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
			if r.Sends(req) && sent.Add(1) == 1 {
				blobtest.Cut(w, req, 1000)
			}
			return false
		})
		if _, err := r.publish(t.Context(), "run-1", file{"a.csv", large, replace}); err != nil {
			t.Fatal(err)
		}
		r.holds(map[string]string{"a.csv": large})
	})
}

// TestCanceled: a run that is canceled in the middle of a put commits nothing
// and leaves no upload open.
func TestCanceled(t *testing.T) {
	stop := errors.New("the run was replaced")
	each(t, func(t *testing.T, r *room) {
		for name, text := range map[string]string{"small": "new", "large": large} {
			r.Put("a.csv", "old")
			ctx, cancel := context.WithCancelCause(t.Context())
			r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
				if r.Sends(req) {
					cancel(stop)
					<-req.Context().Done() // the client has hung up
				}
				return false
			})
			_, err := r.publish(ctx, "run-1", file{"a.csv", text, replace})
			if !errors.Is(err, stop) || !strings.Contains(err.Error(), r.Path("a.csv")) {
				t.Errorf("%s: %v", name, err)
			}
			r.Fault(nil)
			r.holds(map[string]string{"a.csv": "old"})
			if n := r.Uploads(); n != 0 && r.Scheme != "azblob" {
				t.Errorf("%s: %d uploads are open", name, n)
			}
			cancel(nil)
		}
	})
}

// TestRace: an object that comes between the look and the put is found out by
// the put; what was put before it is taken back.
func TestRace(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		once := options("csv", target.CreateOptions{})
		var sent atomic.Int64
		r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
			if r.Sends(req) && sent.Add(1) == 2 {
				r.Put("b.csv", "somebody's")
			}
			return false
		})
		_, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", once}, file{"b.csv", "new", once})
		if !errors.Is(err, target.ErrExists) || !strings.Contains(err.Error(), "(nothing was published)") {
			t.Errorf("%v", err)
		}
		r.holds(map[string]string{"b.csv": "somebody's"})
	})
}

// TestLostAnswer: an object was put and the answer lost. The second try meets
// it, and it is the run's own.
func TestLostAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		var sent atomic.Int64
		r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
			if r.Sends(req) && sent.Add(1) == 1 {
				r.Lose(req)
			}
			return false
		})
		if _, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", options("csv", target.CreateOptions{})}); err != nil {
			t.Error(err)
		}
		r.holds(map[string]string{"a.csv": "new"})
	})
}

// TestRefused: what services say becomes what a person can do, and whether
// another attempt makes sense.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		scheme string
		status int
		code   string
		want   string
		final  bool
	}{
		{"s3", 403, "AccessDenied", "access is denied (AccessDenied: said AccessDenied): check the credentials", true},
		{"s3", 403, "InvalidAccessKeyId", "access is denied (InvalidAccessKeyId", true},
		{"s3", 404, "NoSuchBucket", "there is no bucket BUCKET (NoSuchBucket): make it", true},
		{"s3", 301, "PermanentRedirect", "another region", true},
		{"s3", 400, "AuthorizationHeaderMalformed", "another region", true},
		{"s3", 503, "SlowDown", "can't take it now (SlowDown", false},
		{"s3", 400, "EntityTooLarge", "refused (EntityTooLarge: said EntityTooLarge)", false},
		{"gs", 401, "Anonymous caller", "access is denied (HTTP 401: said Anonymous caller)", true},
		{"gs", 403, "no access", "access is denied (HTTP 403: said no access)", true},
		{"gs", 404, "no bucket", "there is no bucket BUCKET (HTTP 404: said no bucket)", true},
		{"gs", 400, "bad", "refused (HTTP 400: said bad)", false},
		{"azblob", 403, "AuthorizationPermissionMismatch", "access is denied (AuthorizationPermissionMismatch)", true},
		{"azblob", 404, "ContainerNotFound", "there is no bucket BUCKET (ContainerNotFound)", true},
		{"azblob", 400, "InvalidHeaderValue", "refused (InvalidHeaderValue)", false},
	} {
		t.Run(c.scheme+"/"+c.code, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, c.scheme)
			always := func(w http.ResponseWriter, _ *http.Request) bool {
				r.Refuse(w, c.status, c.code)
				return true
			}
			r.Fault(always)
			_, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", replace})
			e, is := errors.AsType[*blob.Error](err)
			if want := strings.ReplaceAll(c.want, "BUCKET", r.Name); !is || !strings.Contains(err.Error(), "put "+r.Path("a.csv")+": ") ||
				!strings.Contains(err.Error(), want) || e.Final != c.final {
				t.Errorf("%v (final: %t), want %s", err, is && e.Final, want)
			}
		})
	}
}

// TestUnreachable: a server that isn't there is told with its address.
func TestUnreachable(t *testing.T) {
	r := newRoom(t, "s3")
	p := blob.Begin(r.dir, target.Author{Run: "run"}, nil)
	defer p.Abort()
	s, err := p.Create(t.Context(), "s3://bucket/a.csv?use_path_style=true&endpoint=http://127.0.0.1:1", replace)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = p.Commit(t.Context(), nil)
	e, is := errors.AsType[*blob.Error](err)
	if !is || e.Final || !strings.Contains(err.Error(),
		"put s3://bucket/a.csv: the service wasn't reached, or hung up (dial tcp 127.0.0.1:1") {
		t.Error(err)
	}
}

// TestSlow: a service that is busy for a moment is asked again.
func TestSlow(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		var seen atomic.Int64
		r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
			if !r.Sends(req) || seen.Add(1) > 1 {
				return false
			}
			r.Refuse(w, http.StatusServiceUnavailable, "")
			return true
		})
		if _, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", replace}); err != nil {
			t.Error(err)
		}
		r.holds(map[string]string{"a.csv": "new"})
	})
}
