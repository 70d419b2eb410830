package fake

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// storage is where a bundle's files lie: another server, which knows no token
// and gives a file to everybody who has its address.
type storage struct {
	origin string // "" : https://storage.test, which only a test's own transport finds
	http   *http.Server

	mu     sync.Mutex
	signed map[string]*signed // by signature
	faults []*armedStorage
	log    []StorageSeen
}

// signed is an address that was given out.
type signed struct {
	path, file string
	expires    time.Time
}

// StorageKind says what a [StorageFault] does.
type StorageKind string

// The kinds of faults of a storage.
const (
	// StorageExpired answers 403, as after an address's hour.
	StorageExpired StorageKind = "expired"
	// StorageStatus answers Status (503 unless given).
	StorageStatus StorageKind = "status"
	// StorageCut ends the connection in the middle of the file.
	StorageCut StorageKind = "cut"
	// StorageHang sends half of the file and then nothing more.
	StorageHang StorageKind = "hang"
	// StorageShort sends half of a file as the whole of it.
	StorageShort StorageKind = "short"
	// StorageLonger sends the file with ten bytes behind it.
	StorageLonger StorageKind = "longer"
	// StorageUnsized doesn't say how long the file is.
	StorageUnsized StorageKind = "unsized"
	// StorageRedirect answers 307 with To as its location.
	StorageRedirect StorageKind = "redirect"
	// StorageDeaf gives the whole file whatever part is asked for.
	StorageDeaf StorageKind = "deaf"
)

// StorageFault is one thing that goes wrong with files, and when.
type StorageFault struct {
	Kind   StorageKind
	File   string // the name's end; "": any
	After  int    // requests that agree and pass before
	Times  int    // requests that it befalls after that; 0: all
	Status int
	To     string
}

type armedStorage struct {
	StorageFault

	passed, done int
}

// StorageSeen is a request as the storage saw it.
type StorageSeen struct {
	Name   string // of the file
	Header http.Header
}

// sign makes an address that opens one file for a while.
func (t *storage) sign(folder, name, file string, expires time.Time) string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	signature := hex.EncodeToString(b[:])
	path := "/speckle-bundles/" + folder + "/" + name
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.signed == nil {
		t.signed = map[string]*signed{}
	}
	t.signed[signature] = &signed{path, file, expires}
	query := url.Values{
		"X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Credential": {"AKIAFAKE/20261129/eu/s3/aws4_request"}, "X-Amz-Date": {"20261129T000000Z"},
		"X-Amz-Expires": {"3600"}, "X-Amz-SignedHeaders": {"host"}, "X-Amz-Signature": {signature},
	}
	return cmp.Or(t.origin, "https://storage.test") + path + "?" + query.Encode()
}

func (t *storage) refuse(w http.ResponseWriter, status int, code, message string) {
	send(w, status, "application/xml", []byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code><Message>`+message+
		`</Message></Error>`))
}

// ServeHTTP gives a file.
func (t *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	signature := r.URL.Query().Get("X-Amz-Signature")
	t.mu.Lock()
	t.log = append(t.log, StorageSeen{name, r.Header.Clone()})
	one := t.signed[signature]
	fault := t.fault(name)
	t.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "":
		t.refuse(w, http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed")
	case one == nil || one.path != r.URL.Path:
		t.refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", "The signature "+signature+" does not match")
	case !time.Now().Before(one.expires) || fault.Kind == StorageExpired:
		t.refuse(w, http.StatusForbidden, "AccessDenied", "Request has expired")
	case fault.Kind == StorageStatus:
		t.refuse(w, cmp.Or(fault.Status, http.StatusServiceUnavailable), "SlowDown", "Please reduce your request rate")
	case fault.Kind == StorageRedirect:
		w.Header().Set("Location", cmp.Or(fault.To, "https://elsewhere.example/"+signature))
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		t.give(w, r, one, fault.Kind)
	}
}

// fault gives what befalls a request, which it counts.
func (t *storage) fault(name string) StorageFault {
	for _, f := range t.faults {
		if !strings.HasSuffix(name, f.File) {
			continue
		}
		if f.passed < f.After {
			f.passed++
			continue
		}
		if f.Times == 0 || f.done < f.Times {
			f.done++
			return f.StorageFault
		}
	}
	return StorageFault{}
}

func (t *storage) give(w http.ResponseWriter, r *http.Request, one *signed, kind StorageKind) {
	in, err := os.Open(one.file)
	if err != nil {
		t.refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist")
		return
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", `"`+hex.EncodeToString([]byte(info.Name()))+`"`)
	switch size := info.Size(); kind {
	case StorageCut:
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = io.CopyN(w, in, size/2)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case StorageHang:
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = io.CopyN(w, in, size/2)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	case StorageShort:
		w.Header().Set("Content-Length", strconv.FormatInt(size/2, 10))
		_, _ = io.CopyN(w, in, size/2)
	case StorageLonger:
		w.Header().Set("Content-Length", strconv.FormatInt(size+10, 10))
		_, _ = io.Copy(w, io.MultiReader(in, strings.NewReader("0123456789")))
	case StorageUnsized:
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(w, in)
	case StorageDeaf:
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = io.Copy(w, in)
	default:
		http.ServeContent(w, r, "", time.Time{}, in)
	}
}
