package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/target"
)

// TestHalfway: a put that fails takes back those before it. What they replaced is
// there again, and nothing that was kept for it is left.
func TestHalfway(t *testing.T) {
	for name, before := range map[string]map[string]string{
		"replaced": {"a.csv": "old", "b.csv": "old"},
		"new":      {},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				for key, text := range before {
					r.Put(key, text)
				}
				var refused atomic.Bool
				r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
					if r.Objects()["a.csv"].Content != "new" || !r.Sends(req) || !strings.Contains(req.URL.String(), "b.csv") && r.Scheme != "gs" ||
						refused.Swap(true) {
						return false
					}
					r.Refuse(w, http.StatusForbidden, "AccessDenied")
					return true
				})
				_, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", replace}, file{"b.csv", "new", replace})
				if err == nil || !refused.Load() {
					t.Fatalf("%v", err)
				}
				if !strings.Contains(err.Error(), "put "+r.Path("b.csv")) || !strings.Contains(err.Error(), "(nothing was published)") {
					t.Errorf("%v", err)
				}
				r.holds(before)
			})
		})
	}
}

// TestSomebodysObjectStays: what another program has put since isn't taken back.
func TestSomebodysObjectStays(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.Put("a.csv", "old")
		var refused atomic.Bool
		r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
			if r.Objects()["a.csv"].Content != "new" || !r.Sends(req) || refused.Swap(true) {
				return false
			}
			r.Put("a.csv", "somebody's")
			r.Refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		})
		if _, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", replace}, file{"b.csv", "new", replace}); err == nil {
			t.Fatal("it was refused")
		}
		r.holds(map[string]string{"a.csv": "somebody's"})
	})
}

// TestTakenBackWithItsFiles: objects that are all in place go back when the files
// that they go with can't be settled.
func TestTakenBackWithItsFiles(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		full := errors.New("the disk is full")
		err := r.settling(t.Context(), func(*output.Publication) error { return full }, r.writeOld()...)
		if !errors.Is(err, full) || !strings.HasSuffix(err.Error(), "(nothing was published)") {
			t.Error(err)
		}
		r.isOld()
	})
}

// together publishes a file and two objects as a run does.
func together(ctx context.Context, dir *output.Dir, addresses ...string) error {
	r := &room{dir: dir}
	return r.settling(ctx, func(local *output.Publication) error {
		_, err := local.Settle(ctx)
		return err
	}, addresses...)
}

func (r *room) settling(ctx context.Context, settle func(*output.Publication) error, addresses ...string) error {
	dir := r.dir
	by := target.Author{Job: "job", Run: "run-2", Tick: tick, Attempt: 1}
	local, err := dir.Begin(by)
	if err != nil {
		return err
	}
	defer local.Abort()
	s, err := local.Create(ctx, "file.csv", target.CreateOptions{Overwrite: true})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s, "new"); err != nil {
		return err
	}
	cloud := blob.Begin(dir, by, local)
	defer cloud.Abort()
	for _, address := range addresses {
		o, err := cloud.Create(ctx, address, replace)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(o, "new"); err != nil {
			return err
		}
		if err := o.Close(); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := local.Place(ctx, nil); err != nil {
		return err
	}
	if err := cloud.Place(ctx, nil); err != nil {
		return errors.Join(err, local.Undo(ctx), local.Conclude(false, cloud.Unfinished()))
	}
	if err := settle(local); err != nil {
		err = target.TakeBack(ctx, cloud, err)
		return errors.Join(err, local.Undo(ctx), local.Conclude(false, cloud.Unfinished()))
	}
	if _, err := cloud.Settle(ctx); err != nil {
		return err
	}
	return local.Conclude(true, cloud.Unfinished())
}

// writeOld puts what the run is about to replace, and gives its objects.
func (r *room) writeOld() (addresses []string) {
	r.Put("a.csv", "old")
	r.Put("b.csv", "old")
	if err := os.WriteFile(filepath.Join(r.path, "file.csv"), []byte("old"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return []string{r.Address("a.csv"), r.Address("b.csv")}
}

func (r *room) isOld() {
	r.t.Helper()
	if text, err := os.ReadFile(filepath.Join(r.path, "file.csv")); string(text) != "old" {
		r.t.Errorf("the file holds %q, %v", text, err)
	}
	r.holds(map[string]string{"a.csv": "old", "b.csv": "old"})
}

// TestTheStorageGoesAway while a run publishes: its files are back at once, and
// its objects as soon as the storage answers again.
func TestTheStorageGoesAway(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		addresses := r.writeOld()
		r.Fault(func(w http.ResponseWriter, _ *http.Request) bool {
			if r.Objects()["a.csv"].Content != "new" {
				return false
			}
			r.Refuse(w, http.StatusForbidden, "AccessDenied")
			return true
		})
		if err := together(t.Context(), r.dir, addresses...); err == nil {
			t.Fatal("it was refused")
		}
		if text, _ := os.ReadFile(filepath.Join(r.path, "file.csv")); string(text) != "old" {
			t.Errorf("the file holds %q", text)
		}
		finish := func(job string) error {
			return blob.Finish(t.Context(), r.dir, job, func(string, string) {})
		}
		if err := finish("job"); err == nil {
			t.Error("the storage is still away")
		}
		r.Fault(nil)
		if err := finish("another"); err != nil || r.Objects()["a.csv"].Content != "new" {
			t.Errorf("another job's: %v", err)
		}
		if err := finish("job"); err != nil {
			t.Error(err)
		}
		r.isOld()
	})
}

// TestARequestThatComesLate: the cloud carries out what it was asked for when the run has been
// ended and has looked already. That is put right later.
func TestARequestThatComesLate(t *testing.T) {
	copies := func(_ *room, req *http.Request) bool { // Google copies in two steps
		return req.Header.Get("X-Amz-Copy-Source")+req.Header.Get("X-Ms-Copy-Source") != "" || strings.Contains(req.URL.String(), "rewriteToken=")
	}
	sends := func(r *room, req *http.Request) bool { return r.Sends(req) && !copies(r, req) }
	for what, is := range map[string]func(*room, *http.Request) bool{"copy": copies, "put": sends} {
		for _, interrupted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, interrupted %t", what, interrupted), func(t *testing.T) {
				t.Parallel()
				each(t, func(t *testing.T, r *room) {
					addresses := r.writeOld()
					ctx, interrupt := context.WithCancel(t.Context())
					defer interrupt()
					var once sync.Once
					var late *http.Request
					r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
						if !is(r, req) {
							return false
						}
						content, err := io.ReadAll(req.Body)
						if err != nil {
							panic(http.ErrAbortHandler)
						}
						once.Do(func() {
							late = req.Clone(context.WithoutCancel(req.Context()))
							late.Body = io.NopCloser(bytes.NewReader(content))
						})
						if interrupted {
							interrupt()
							<-req.Context().Done()
						}
						panic(http.ErrAbortHandler)
					})
					if err := together(ctx, r.dir, addresses...); err == nil || !strings.Contains(err.Error(), "(nothing was published)") {
						t.Fatal(err)
					}
					r.Fault(nil)
					r.Serve(httptest.NewRecorder(), late)
					if objects := r.Objects(); objects["a.csv"].Content != "new" && len(objects) == 2 {
						t.Fatalf("nothing came late: %v", objects)
					}
					if err := blob.Finish(t.Context(), r.dir, "job", func(string, string) {}); err != nil {
						t.Error(err)
					}
					r.isOld()
				})
			})
		}
	}
}

// TestKilledBetweenObjects: the next start puts the files back, and the objects
// when the storage is asked.
func TestKilledBetweenObjects(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		addresses := r.writeOld()
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestChild$")
		child.Env = append(os.Environ(), "BLOB_DIR="+r.path, "BLOB_ADDRESSES="+strings.Join(addresses, " "))
		var killed atomic.Bool
		started := make(chan struct{})
		r.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
			if r.Objects()["a.csv"].Content == "new" && r.Sends(req) && !killed.Swap(true) {
				<-started
				_ = child.Process.Kill()
			}
			return killed.Load()
		})
		var out bytes.Buffer
		child.Stdout, child.Stderr = &out, &out
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		close(started)
		if err := child.Wait(); err == nil || !killed.Load() {
			t.Fatalf("%v: %s", err, out.String())
		}
		r.Fault(nil)
		if _, err := r.dir.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		told := ""
		if err := blob.Finish(t.Context(), r.dir, "", func(run, _ string) { told = run }); err != nil || told != "run-2" {
			t.Errorf("%q, %v", told, err)
		}
		r.isOld()
	})
}

// TestChild is another process of TestKilledBetweenObjects.
func TestChild(t *testing.T) {
	path := os.Getenv("BLOB_DIR")
	if path == "" {
		return
	}
	dir, err := output.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Error(together(t.Context(), dir, strings.Fields(os.Getenv("BLOB_ADDRESSES"))...))
}
