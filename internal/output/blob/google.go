//go:build !nocloud && !demo

package blob

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/patience"
)

// openGoogle takes Application Default Credentials, or none for an emulator,
// as Google's own clients do.
func openGoogle(ctx context.Context, a address.Address) (bucket, error) {
	b := &bucketOfGoogle{origin: googleOrigin, name: a.Bucket, client: &http.Client{
		Transport:     patience.Unswitched(nil),
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
	if !signs(credentials.JSON) {
		return nil, &fault{noCredentials, "the private_key of this service account is none: download its key file once more"}
	}
	b.client.Transport = &oauth2.Transport{Source: credentials.TokenSource, Base: b.client.Transport}
	return b, nil
}

// signs reports whether a service account's key can sign requests for tokens: else each
// would fail before it is sent, which looks as if the network had. Other credentials have none.
func signs(credentials []byte) bool {
	var account struct {
		Type string
		Key  string `json:"private_key"`
	}
	if json.Unmarshal(credentials, &account) != nil || account.Type != "service_account" {
		return true
	}
	key := []byte(account.Key)
	if block, _ := pem.Decode(key); block != nil {
		key = block.Bytes
	}
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		parsed, err = x509.ParsePKCS1PrivateKey(key)
	}
	_, is := parsed.(*rsa.PrivateKey)
	return err == nil && is
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
