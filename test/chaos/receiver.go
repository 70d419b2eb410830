package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// mood is how the receiver answers.
type mood int

const (
	well    mood = iota
	ill          // 500
	busy         // 429
	slow         // 204, after a while or never
	cutting      // the message is taken, and the connection cut before an answer
	moods
)

// hangs is how long a slow receiver keeps a message waiting.
const hangs = 3 * time.Second

// receiver takes messages, and remembers each as it came.
type receiver struct {
	secret string

	mu   sync.Mutex
	mood mood
	got  []arrival
}

func (r *receiver) feel(m mood) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mood = m
}

func (r *receiver) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]arrival(nil), r.got...)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // whoever sent it is dead: it didn't arrive
	}
	a := read(request, body, r.secret)
	r.mu.Lock()
	m := r.mood
	a.Taken = m == well || m == slow || m == cutting
	r.got = append(r.got, a)
	r.mu.Unlock()
	switch m {
	case ill:
		w.WriteHeader(http.StatusInternalServerError)
	case busy:
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusTooManyRequests)
	case cutting:
		panic(http.ErrAbortHandler)
	case slow:
		select {
		case <-request.Context().Done():
		case <-time.After(hangs):
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// read makes a fact of a message.
func read(request *http.Request, body []byte, secret string) arrival {
	a := arrival{ID: request.Header.Get("Webhook-Id"), Body: string(body), Job: strings.Trim(request.URL.Path, "/"), At: time.Now()}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(a.ID + "." + request.Header.Get("Webhook-Timestamp") + "." + a.Body))
	a.Signed = a.ID != "" && request.Header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
	var said struct {
		Run     string   `json:"run"`
		Batch   int      `json:"batch"`
		Records []row    `json:"records"`
		Told    []string `json:"told"`
		First   bool     `json:"first"`
	}
	if json.Unmarshal(body, &said) != nil {
		a.Signed = false // no message of ours
	}
	a.Run, a.Batch, a.Rows, a.Told, a.First = said.Run, said.Batch, said.Records, said.Told, said.First
	return a
}
