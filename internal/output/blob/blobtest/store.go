package blobtest

import (
	"cmp"
	"fmt"
	"net/http"
)

// store is what the servers of all schemes can do. Keys are a bucket's.
type store interface {
	http.Handler
	make(bucket string)
	objects(bucket string) map[string]Object
	put(bucket, key string, o Object)
	remove(bucket, key string)
	uploads(bucket string) int // begun and neither ended nor aborted
	// where gives the bucket of a request, and says whether it sends content.
	where(r *http.Request) (bucket string, sends bool)
}

// Object is what a bucket holds under a key.
type Object struct {
	Content     string
	ContentType string
	Encoding    string
	Metadata    map[string]string

	version int // differs with every put
}

func refuse(scheme string, w http.ResponseWriter, status int, code string) {
	said := cmp.Or(code, http.StatusText(status))
	switch scheme {
	case "s3":
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<Error><Code>%s</Code><Message>said %s</Message><Resource>/</Resource></Error>`, said, said)
	case "gs":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%d,"message":"said %s"}}`, status, said)
	case "azblob":
		w.Header().Set("X-Ms-Error-Code", said)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<Error><Code>%s</Code><Message>said %s</Message></Error>`, said, said)
	}
}

// must is for what only a broken test makes fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
