//go:build !nocloud && !demo

package blob

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/patience"
)

// put uploads in a session that Google keeps: the object is there when the last
// byte is, a cut connection goes on where it was cut, and Google checks the sum.
func (b *bucketOfGoogle) put(ctx context.Context, key string, content *io.SectionReader, o putOptions) error {
	session, err := b.session(ctx, key, content, o)
	if err != nil {
		return err
	}
	if err := b.send(ctx, session, content); err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
		defer cancel()
		_, _ = b.once(late, ask{method: http.MethodDelete, address: session}) // Google drops it in a week by itself
		return err
	}
	return nil
}

// session opens one and gives its address, which is a secret: who has it may
// upload.
func (b *bucketOfGoogle) session(ctx context.Context, key string, content *io.SectionReader, o putOptions) (string, error) {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if _, err := io.Copy(sum, io.NewSectionReader(content, 0, content.Size())); err != nil {
		return "", err
	}
	about, err := json.Marshal(map[string]any{
		"name": key, "contentType": o.contentType, "metadata": o.metadata,
		"crc32c": base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum.Sum32())),
	})
	if err != nil {
		return "", err
	}
	query := url.Values{"uploadType": {"resumable"}}
	o.google(query)
	if o.ifAbsent {
		query.Set("ifGenerationMatch", "0")
	}
	opened, err := backoff.Retry(ctx, func() (told, error) {
		answer, err := b.once(ctx, ask{
			method: http.MethodPost, address: b.origin + "/upload/storage/v1/b/" + url.PathEscape(b.name) + "/o?" + query.Encode(),
			header: map[string]string{
				"Content-Type": "application/json; charset=utf-8", "X-Upload-Content-Type": o.contentType,
				"X-Upload-Content-Length": strconv.FormatInt(content.Size(), 10),
			},
			body: strings.NewReader(string(about)), length: int64(len(about)),
		})
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return answer, err
	}, backoff.WithBackOff(googleBackOff()), backoff.WithMaxTries(googleTries))
	if err != nil {
		return "", err
	}
	return b.sameOrigin(opened.header.Get("Location"))
}

// sameOrigin keeps the token from going where an answer says.
func (b *bucketOfGoogle) sameOrigin(session string) (string, error) {
	want, err := url.Parse(b.origin)
	got, wrong := url.Parse(session)
	if err != nil || wrong != nil || got.Host != want.Host || got.Scheme != want.Scheme {
		return "", &fault{other, "the upload was sent to another host"}
	}
	return session, nil
}

// send sends what the session hasn't got yet, until it has all.
func (b *bucketOfGoogle) send(ctx context.Context, session string, content *io.SectionReader) error {
	size, at := content.Size(), int64(0)
	waits := googleBackOff()
	for tries := 1; ; tries++ {
		answer, err := b.once(ctx, ask{
			method: http.MethodPut, address: session, header: map[string]string{"Content-Range": contentRange(at, size)},
			body: io.NewSectionReader(content, at, size-at), length: size - at,
		})
		if err != nil && passing(err) && tries < googleTries {
			if err := patience.Wait(ctx, waits.NextBackOff()); err != nil {
				return err
			}
			answer, err = b.patiently(ctx, ask{method: http.MethodPut, address: session,
				header: map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", size)}})
		}
		if answer.status == http.StatusNotFound || answer.status == http.StatusGone {
			return &fault{busy, "the upload's session is gone"}
		}
		if err != nil {
			return err
		}
		if answer.status != http.StatusPermanentRedirect {
			return stored(answer, size)
		}
		got := received(answer)
		if got < at || got >= size && size > 0 {
			return &fault{other, fmt.Sprintf("the upload stands at byte %d, of %d", got, size)}
		}
		if got > at {
			tries = 1 // it moves on
		} else if tries >= googleTries {
			return &fault{unreachable, fmt.Sprintf("the upload stays at byte %d, of %d", at, size)}
		}
		at = got
	}
}

// contentRange says which bytes of how many are sent.
func contentRange(at, size int64) string {
	if at == size {
		return fmt.Sprintf("bytes */%d", size)
	}
	return fmt.Sprintf("bytes %d-%d/%d", at, size-1, size)
}

// received gives how many bytes a session has.
func received(answer told) int64 {
	_, last, found := strings.Cut(answer.header.Get("Range"), "-")
	n, err := strconv.ParseInt(last, 10, 64)
	if !found || err != nil {
		return 0
	}
	return n + 1
}

// stored checks what Google says it has.
func stored(answer told, size int64) error {
	var object struct {
		Size int64 `json:"size,string"`
	}
	if err := json.Unmarshal(answer.body, &object); err != nil || object.Size != size {
		return &fault{other, fmt.Sprintf("Google says that it has %d of %d bytes", object.Size, size)}
	}
	return nil
}
