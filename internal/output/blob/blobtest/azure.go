package blobtest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// account is Azure's, which is a part of its servers' addresses.
const account = "account"

// azure is the part of Azure's API that puts, looks at and removes block blobs.
type azure struct{ *memory }

func newAzure() store { return &azure{newMemory()} }

func (a *azure) where(r *http.Request) (string, bool) {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"+account+"/"), "/")
	return bucket, r.Method == http.MethodPut && r.URL.Query().Get("comp") != "blocklist" && r.Header.Get("X-Ms-Copy-Source") == ""
}

func (a *azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"+account+"/"), "/")
	a.mu.Lock()
	defer a.mu.Unlock()
	objects := a.buckets[bucket]
	found, there := objects[key]
	comp := r.URL.Query().Get("comp")
	switch {
	case objects == nil:
		refuse("azblob", w, http.StatusNotFound, "ContainerNotFound")
	case r.Method == http.MethodPut && comp == "block":
		u := a.blocks(bucket, key)
		u.blocks[r.URL.Query().Get("blockid")] = string(content)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		refuse("azblob", w, http.StatusConflict, "BlobAlreadyExists")
	case there && !azureMeets(r.Header.Get("If-Match"), found) || !there && r.Method == http.MethodPut && r.Header.Get("If-Match") != "":
		refuse("azblob", w, http.StatusPreconditionFailed, "ConditionNotMet")
	case r.Method == http.MethodPut && r.Header.Get("X-Ms-Copy-Source") != "":
		a.copy(w, r, bucket, key)
	case r.Method == http.MethodPut:
		if comp == "blocklist" {
			content = a.join(bucket, key, content)
		}
		a.store(bucket, key, azureObject(r, string(content)))
		w.Header().Set("ETag", azureTag(objects[key]))
		w.WriteHeader(http.StatusCreated)
	case !there:
		refuse("azblob", w, http.StatusNotFound, "BlobNotFound")
	case r.Method == http.MethodDelete:
		delete(objects, key)
		w.WriteHeader(http.StatusAccepted)
	default:
		for name, value := range found.Metadata {
			w.Header().Set("X-Ms-Meta-"+name, value)
		}
		w.Header().Set("ETag", azureTag(found))
		for _, name := range []string{"Last-Modified", "X-Ms-Creation-Time"} {
			w.Header().Set(name, time.Unix(0, 0).UTC().Format(http.TimeFormat))
		}
		w.Header().Set("Content-Type", found.ContentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(found.Content)))
	}
}

func azureTag(o Object) string { return fmt.Sprintf(`"%d"`, o.version) }

func azureMeets(tag string, o Object) bool { return tag == "" || tag == azureTag(o) }

func (a *azure) copy(w http.ResponseWriter, r *http.Request, bucket, key string) {
	from, err := url.Parse(r.Header.Get("X-Ms-Copy-Source"))
	must(err)
	_, name, _ := strings.Cut(strings.TrimPrefix(from.Path, "/"+account+"/"), "/")
	source, there := a.buckets[bucket][name]
	switch {
	case !there:
		refuse("azblob", w, http.StatusNotFound, "BlobNotFound")
	case !azureMeets(r.Header.Get("X-Ms-Source-If-Match"), source):
		refuse("azblob", w, http.StatusPreconditionFailed, "SourceConditionNotMet")
	default:
		a.store(bucket, key, source)
		w.Header().Set("X-Ms-Copy-Status", "success")
		w.WriteHeader(http.StatusAccepted)
	}
}

func (a *azure) blocks(bucket, key string) *upload {
	id := bucket + "/" + key
	if a.begun[id] == nil {
		a.begun[id] = &upload{bucket: bucket, key: key, blocks: map[string]string{}}
	}
	return a.begun[id]
}

// join makes one content of the blocks in a list.
func (a *azure) join(bucket, key string, list []byte) []byte {
	var named struct{ Latest []string }
	must(xml.Unmarshal(list, &named))
	u := a.blocks(bucket, key)
	var whole []byte
	for _, id := range named.Latest {
		whole = append(whole, u.blocks[id]...)
	}
	delete(a.begun, bucket+"/"+key)
	return whole
}

func azureObject(r *http.Request, content string) Object {
	o := Object{Content: content, ContentType: r.Header.Get("X-Ms-Blob-Content-Type"), Encoding: r.Header.Get("X-Ms-Blob-Content-Encoding"),
		Metadata: map[string]string{}}
	for name := range r.Header {
		if key, is := strings.CutPrefix(strings.ToLower(name), "x-ms-meta-"); is {
			o.Metadata[key] = r.Header.Get(name)
		}
	}
	return o
}
