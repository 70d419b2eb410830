package blobtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// google is the part of Google's JSON API that uploads, looks at and removes
// objects.
type google struct{ *memory }

func newGoogle() store { return &google{newMemory()} }

func (g *google) where(r *http.Request) (string, bool) {
	_, rest, _ := strings.Cut(r.URL.Path, "/storage/v1/b/")
	bucket, _, _ := strings.Cut(rest, "/")
	return bucket, r.Method == http.MethodPut && !strings.HasPrefix(r.Header.Get("Content-Range"), "bytes */")
}

func (g *google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, _ := g.where(r)
	if r.Method == http.MethodPut {
		g.receive(w, r)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	objects := g.buckets[bucket]
	_, key, _ := strings.Cut(r.URL.Path, "/o/")
	found, there := objects[key]
	switch session := r.URL.Query().Get("upload_id"); {
	case objects == nil:
		refuse("gs", w, http.StatusNotFound, "The specified bucket does not exist.")
	case r.Method == http.MethodPost && strings.Contains(key, "/rewriteTo/"):
		g.copy(w, r, bucket, key)
	case r.Method == http.MethodPost:
		g.begin(w, r, bucket)
	case r.Method == http.MethodDelete && session != "":
		delete(g.begun, session)
		w.WriteHeader(499)
	case !there:
		refuse("gs", w, http.StatusNotFound, "No such object")
	case !meets(r.URL.Query().Get("ifGenerationMatch"), found):
		refuse("gs", w, http.StatusPreconditionFailed, "")
	case r.Method == http.MethodDelete:
		delete(objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		tell(w, key, found)
	}
}

func tell(w http.ResponseWriter, key string, o Object) {
	must(json.NewEncoder(w).Encode(map[string]any{"name": key, "size": strconv.Itoa(len(o.Content)), "metadata": o.Metadata,
		"generation": strconv.Itoa(o.version)}))
}

// meets reports whether an object is the generation that is asked for; 0 is none.
func meets(generation string, o Object) bool {
	return generation == "" || generation == strconv.Itoa(o.version)
}

// copy copies in one step or, as Google does with large objects, in two.
func (g *google) copy(w http.ResponseWriter, r *http.Request, bucket, path string) {
	from, to, _ := strings.Cut(path, "/rewriteTo/")
	_, to, _ = strings.Cut(to, "/o/")
	query := r.URL.Query()
	source, there := g.buckets[bucket][from]
	switch {
	case !there:
		refuse("gs", w, http.StatusNotFound, "No such object")
	case !meets(query.Get("ifSourceGenerationMatch"), source) || !meets(query.Get("ifGenerationMatch"), g.buckets[bucket][to]):
		refuse("gs", w, http.StatusPreconditionFailed, "")
	case query.Get("rewriteToken") == "":
		must(json.NewEncoder(w).Encode(map[string]any{"done": false, "rewriteToken": "more"}))
	default:
		g.store(bucket, to, source)
		must(json.NewEncoder(w).Encode(map[string]any{"done": true}))
	}
}

func (g *google) begin(w http.ResponseWriter, r *http.Request, bucket string) {
	var said struct {
		Name, ContentType, CRC32C string
		Metadata                  map[string]string
	}
	must(json.NewDecoder(r.Body).Decode(&said))
	size, err := strconv.ParseInt(r.Header.Get("X-Upload-Content-Length"), 10, 64)
	must(err)
	u := &upload{
		bucket: bucket, key: said.Name, size: size, sum: said.CRC32C, object: Object{ContentType: said.ContentType, Metadata: said.Metadata},
		ifMatch: r.URL.Query().Get("ifGenerationMatch"),
	}
	if !meets(u.ifMatch, g.buckets[bucket][u.key]) {
		refuse("gs", w, http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
		return
	}
	g.ids++
	id := strconv.Itoa(g.ids)
	g.begun[id] = u
	w.Header().Set("Location", "http://"+r.Host+r.URL.Path+"?upload_id="+id)
}

// receive takes what comes, keeps it also when the connection is cut, and makes
// the object when all of it is there.
func (g *google) receive(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("upload_id")
	g.mu.Lock()
	u := g.begun[id]
	g.mu.Unlock()
	if u == nil {
		refuse("gs", w, http.StatusNotFound, "")
		return
	}
	content, err := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	if u.done {
		tell(w, u.key, u.object)
		return
	}
	var from, to, of int64
	if n, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &of); n == 3 && from == int64(len(u.content)) &&
		of == u.size {
		u.content = append(u.content, content...)
	}
	switch {
	case err != nil:
		panic(http.ErrAbortHandler)
	case int64(len(u.content)) < u.size:
		if len(u.content) > 0 {
			w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", len(u.content)-1))
		}
		w.WriteHeader(http.StatusPermanentRedirect)
	case !meets(u.ifMatch, g.buckets[u.bucket][u.key]):
		refuse("gs", w, http.StatusPreconditionFailed, "")
	case u.sum != base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil,
		crc32.Checksum(u.content, crc32.MakeTable(crc32.Castagnoli)))):
		refuse("gs", w, http.StatusBadRequest, "Provided CRC32C doesn't match")
	default:
		u.object.Content = string(u.content)
		g.store(u.bucket, u.key, u.object)
		u.done = true
		tell(w, u.key, u.object)
	}
}
