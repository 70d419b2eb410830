//go:build !nocloud && !demo

package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"speckle-runner/internal/output/address"
)

// Google's JSON API, which takes seven requests to know. Google's own client
// brings gRPC and Envoy's types along: 20 MB, and 20 ms at every start.
const (
	googleOrigin = "https://storage.googleapis.com"
	googleScope  = "https://www.googleapis.com/auth/devstorage.read_write"
)

// bucketOfGoogle is a bucket of Google Cloud Storage.
type bucketOfGoogle struct {
	client *http.Client
	origin string // scheme and host of the API
	name   string
}

// openGoogle takes Application Default Credentials, or none for an emulator,
// as Google's own clients do.
func openGoogle(ctx context.Context, a address.Address) (bucket, error) {
	b := &bucketOfGoogle{origin: googleOrigin, name: a.Bucket, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if emulator := os.Getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
		if !strings.Contains(emulator, "://") {
			emulator = "http://" + emulator
		}
		b.origin = strings.TrimRight(emulator, "/")
		return b, nil
	}
	credentials, err := google.FindDefaultCredentials(ctx, googleScope)
	if err != nil {
		return nil, &fault{noCredentials, err.Error()}
	}
	b.client.Transport = &oauth2.Transport{Source: credentials.TokenSource}
	return b, nil
}

func (b *bucketOfGoogle) close() { b.client.CloseIdleConnections() }

func (b *bucketOfGoogle) about(ctx context.Context, key string) (*object, error) {
	answer, err := b.patiently(ctx, ask{method: http.MethodGet, address: b.object(key)})
	if f, is := errors.AsType[*fault](err); is && f.kind == noBucket {
		return nil, nil // or no object: the put tells
	}
	if err != nil {
		return nil, err
	}
	var found struct {
		Metadata map[string]string
		Size     int64 `json:"size,string"`

		Generation string
	}
	if err := json.Unmarshal(answer.body, &found); err != nil {
		return nil, &fault{other, "an answer that isn't Google's: " + err.Error()}
	}
	return &object{key: key, metadata: found.Metadata, size: found.Size, version: found.Generation}, nil
}

// copy asks until all of it is copied: a large object takes several requests.
func (b *bucketOfGoogle) copy(ctx context.Context, from *object, to string, o condition) error {
	query := url.Values{}
	o.google(query)
	query.Set("ifSourceGenerationMatch", from.version)
	for {
		answer, err := b.patiently(ctx, ask{
			method: http.MethodPost, header: map[string]string{"Content-Type": "application/json"},
			address: b.object(from.key) + "/rewriteTo/b/" + url.PathEscape(b.name) + "/o/" + url.PathEscape(to) + "?" + query.Encode(),
		})
		if err != nil {
			return err
		}
		var said struct {
			Done         bool
			RewriteToken string
		}
		if err := json.Unmarshal(answer.body, &said); err != nil {
			return &fault{other, "an answer that isn't Google's: " + err.Error()}
		}
		if said.Done {
			return nil
		}
		query.Set("rewriteToken", said.RewriteToken)
	}
}

// google gives a condition in Google's words.
func (o condition) google(query url.Values) {
	switch {
	case !o.looked:
	case o.was == nil:
		query.Set("ifGenerationMatch", "0")
	default:
		query.Set("ifGenerationMatch", o.was.version)
	}
}

func (b *bucketOfGoogle) remove(ctx context.Context, key string, o condition) error {
	query := url.Values{}
	o.google(query)
	_, err := b.patiently(ctx, ask{method: http.MethodDelete, address: b.object(key) + "?" + query.Encode()})
	if f, is := errors.AsType[*fault](err); is && f.kind == noBucket {
		return nil
	}
	return err
}

func (b *bucketOfGoogle) object(key string) string {
	return b.origin + "/storage/v1/b/" + url.PathEscape(b.name) + "/o/" + url.PathEscape(key)
}

// ask is one request.
type ask struct {
	method, address string
	header          map[string]string
	body            io.Reader
	length          int64
}

// told is its answer.
type told struct {
	status int
	header http.Header
	body   []byte
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// once sends one request. Every status that isn't a success, or the "go on" of
// an upload, is a fault.
func (b *bucketOfGoogle) once(ctx context.Context, a ask) (told, error) {
	request, err := http.NewRequestWithContext(ctx, a.method, a.address, a.body)
	if err != nil {
		return told{}, &fault{other, "its address can't be asked"} // it may be signed
	}
	request.ContentLength = a.length
	if a.length == 0 {
		request.Body = http.NoBody
	}
	for name, value := range a.header {
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return told{}, googleFault(err)
	}
	defer response.Body.Close()
	answer := told{status: response.StatusCode, header: response.Header}
	if answer.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return answer, &fault{unreachable, err.Error()}
	}
	if answer.status/100 == 2 || answer.status == http.StatusPermanentRedirect {
		return answer, nil
	}
	return answer, statusFault(answer.status, googleSaid(answer))
}

// googleFault is that of a request which got no answer: for want of a token,
// too.
func googleFault(err error) *fault {
	if refused, is := errors.AsType[*oauth2.RetrieveError](err); is {
		return &fault{noCredentials, strings.TrimSpace(refused.ErrorCode + " " + refused.ErrorDescription)}
	}
	if f := networkFault(err); f != nil {
		return f
	}
	return &fault{other, err.Error()}
}

// googleSaid gives what an answer says went wrong.
func googleSaid(answer told) string {
	var said struct {
		Error struct {
			Message string
		}
	}
	if json.Unmarshal(answer.body, &said) == nil && said.Error.Message != "" {
		return fmt.Sprintf("HTTP %d: %s", answer.status, said.Error.Message)
	}
	return ""
}
