package version

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/endpoint"
)

// refusedError says that a storage doesn't take an address, or no longer.
type refusedError struct{ status int }

func (e *refusedError) Error() string {
	return fmt.Sprintf("the address is refused (HTTP %d)", e.status)
}

// refuses reports whether an answer may mean that an address is over: storages differ in
// how they say so, and a file that was made anew lies behind another address.
func refuses(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return false
}

// of is the error of a file whose new address is refused, too.
func (e *refusedError) of(d *download) error {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return d.wrong(speckle.NoAccess, fmt.Sprintf("the storage refuses the addresses of its files (HTTP %d), new ones too", e.status),
			"is this machine's clock right, and does a proxy change the requests?")
	case http.StatusNotFound, http.StatusGone:
		return d.failed(speckle.NotFound, fmt.Sprintf("the storage hasn't got it (HTTP %d)", e.status))
	default:
		return d.failed(speckle.BadAnswer, fmt.Sprintf("the storage refuses it with HTTP %d", e.status))
	}
}

// What one file may take. An address lives for an hour, and nobody waits longer
// for what is behind it.
const (
	maxTries    = 5
	fileTimeout = time.Hour
)

// download is one file on its way from a storage, in one try or several: what
// is here stays, where the storage goes on in the middle.
type download struct {
	*fetcher

	suffix  string
	file    *os.File
	address secret.Value
	have    int64  // bytes in the file
	total   int64  // -1: the storage doesn't say
	tag     string // of the file that the first of them are of, "" unknown
}

func (d *download) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, fileTimeout, errSlow)
	defer cancel()
	wait := &backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2,
		MaxInterval: 30 * time.Second}
	wait.Reset()
	for try := 1; ; try++ {
		err := d.try(ctx)
		if err == nil {
			return d.whole()
		}
		failed, typed := errors.AsType[*speckle.Error](err)
		if !typed || !failed.Retryable() || try >= maxTries || ctx.Err() != nil {
			return err
		}
		pause := wait.NextBackOff()
		d.Log.Debug().Str("file", d.suffix).Int("try", try).Dur("pause_ms", pause).Str("error", failed.Message).Msg("a file is asked for again")
		if stopped := patience.Wait(ctx, pause); stopped != nil {
			return err
		}
	}
}

// errSlow ends a file that doesn't come to its end.
var errSlow error = slowError{}

type slowError struct{}

func (slowError) Error() string   { return "it has taken " + fileTimeout.String() + " already" }
func (slowError) Timeout() bool   { return true }
func (slowError) Temporary() bool { return true }

// try asks for the file, or for the rest of it.
func (d *download) try(ctx context.Context) error {
	request, err := d.request(ctx)
	if err != nil {
		return err
	}
	d.stats.Requests++
	response, err := d.Storage.RoundTrip(request)
	if err != nil {
		return speckle.Unreached(ctx, d.words, d.doing("ask for"), err)
	}
	defer response.Body.Close()
	if err := d.begins(response); err != nil {
		return err
	}
	n, err := io.Copy(d.file, &storageBody{d, ctx, d.Budget.Reader(response.Body)})
	d.have += n
	d.progress.Bytes += n
	d.report()
	if err != nil {
		if _, typed := errors.AsType[*speckle.Error](err); typed {
			return err
		}
		return fmt.Errorf("%s: %w", d.doing("write"), err)
	}
	if d.total >= 0 && d.have != d.total {
		return d.failed(speckle.Network, fmt.Sprintf("%d bytes came, and the storage says that there are %d", d.have, d.total))
	}
	return nil
}

// request holds nothing of ours, not even our name: an address is all that a
// storage wants.
func (d *download) request(ctx context.Context) (*http.Request, error) {
	u, err := url.Parse(d.address.Reveal())
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !endpoint.IsLoopback(u.Hostname())) {
		return nil, d.failed(speckle.BadAnswer, "the address that the server gives for it isn't one of https")
	}
	request := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {""}}}
	if d.have > 0 && d.tag != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
		request.Header.Set("If-Range", d.tag)
	}
	return request.WithContext(ctx), nil
}

// begins judges an answer before its body, and where the body belongs.
func (d *download) begins(response *http.Response) error {
	switch status := response.StatusCode; {
	case status == http.StatusOK:
		d.progress.Bytes -= d.have
		d.have, d.total, d.tag = 0, response.ContentLength, strongTag(response.Header)
	case status == http.StatusPartialContent && d.have > 0:
		from, total := int64(-1), int64(-1)
		if _, err := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != d.have {
			d.tag = "" // from the start, then
			return d.failed(speckle.Network, "the storage gives another part than was asked for")
		}
		if tag := strongTag(response.Header); tag != "" && tag != d.tag {
			d.tag = ""
			return d.failed(speckle.Network, "the storage gives a part of another file than before")
		}
		if response.ContentLength >= 0 {
			total = d.have + response.ContentLength
		}
		if d.total >= 0 && total >= 0 && total != d.total {
			d.tag = ""
			return d.failed(speckle.Network, "its length has changed while it was read")
		}
	case refuses(status):
		return &refusedError{status}
	case status >= 300 && status < 400:
		return d.failed(speckle.Redirected, fmt.Sprintf("the storage points elsewhere (HTTP %d), which isn't followed", status))
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return d.failed(speckle.ServerFault, fmt.Sprintf("the storage fails with HTTP %d", status))
	default:
		return d.failed(speckle.BadAnswer, fmt.Sprintf("the storage refuses it with HTTP %d", status))
	}
	if err := d.file.Truncate(d.have); err != nil {
		return fmt.Errorf("%s: %w", d.doing("write"), err)
	}
	if _, err := d.file.Seek(d.have, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", d.doing("write"), err)
	}
	return nil
}

// strongTag gives a tag that stands for the very bytes, "" without one.
func strongTag(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return ""
}

// magic begins and ends every file of parquet.
const magic = "PAR1"

// whole looks at the file's two ends.
func (d *download) whole() error {
	ends := make([]byte, 2*len(magic))
	if d.have < int64(len(ends)) {
		return d.failed(speckle.BadAnswer, fmt.Sprintf("it has %d bytes, and is no parquet file", d.have))
	}
	_, err := d.file.ReadAt(ends[:len(magic)], 0)
	if err == nil {
		_, err = d.file.ReadAt(ends[len(magic):], d.have-int64(len(magic)))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.doing("read"), err)
	}
	if string(ends) != magic+magic {
		return d.failed(speckle.BadAnswer, "it is no whole parquet file: it doesn't begin and end with "+magic)
	}
	return nil
}

func (d *download) doing(what string) string {
	return what + " *" + d.suffix + " of version " + d.version.ID
}

func (d *download) failed(kind speckle.Kind, what string) *speckle.Error {
	return d.wrong(kind, "file *"+d.suffix+": "+what, "")
}

// storageBody makes Errors of what reading gives, and counts it.
type storageBody struct {
	d   *download
	ctx context.Context
	in  io.Reader
}

func (b *storageBody) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.d.stats.Bytes += int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		err = speckle.Unreached(b.ctx, b.d.words, b.d.doing("read"), err)
	}
	return n, err
}
