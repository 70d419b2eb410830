package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Signature schemes.
const (
	// SignatureStandard is https://www.standardwebhooks.com, version 1.
	SignatureStandard = "standard"
	// SignatureSpeckle is the header that Speckle's own webhooks have.
	SignatureSpeckle = "speckle"
)

// secretPrefix marks a Standard Webhooks secret: base64 follows.
const secretPrefix = "whsec_"

// sign sets the headers that tell a receiver which message this is, when it
// was sent, and that it is ours.
func (w *Hook) sign(header http.Header, m Message, now time.Time) error {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	header.Set("Webhook-Id", m.ID)
	header.Set("Webhook-Timestamp", timestamp)
	switch w.Signature {
	case "", SignatureStandard:
		if w.Secret.IsZero() {
			return nil
		}
		key, err := standardKey(w.Secret.Reveal())
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", m.ID, timestamp)
		mac.Write(m.Body)
		header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	case SignatureSpeckle:
		// As speckle-server 51d43b91: hex, of the raw body alone; without a
		// secret the key is empty.
		mac := hmac.New(sha256.New, []byte(w.Secret.Reveal()))
		mac.Write(m.Body)
		header.Set("X-Webhook-Signature", hex.EncodeToString(mac.Sum(nil)))
	default:
		return fmt.Errorf("unknown signature %q (%s or %s)", w.Signature, SignatureStandard, SignatureSpeckle)
	}
	return nil
}

func standardKey(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	if !found {
		return []byte(text), nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
		if key, err := encoding.DecodeString(encoded); err == nil && len(key) > 0 {
			return key, nil
		}
	}
	return nil, errors.New("its secret begins with whsec_, but what follows isn't base64")
}
