package service

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// listening is a network that counts what is asked with which token, and
// answers as a server does that takes all of them but one.
type listening struct {
	mu    sync.Mutex
	asked map[string]int // by the first digit of the token
}

func (l *listening) RoundTrip(r *http.Request) (*http.Response, error) {
	first := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")[:1]
	l.mu.Lock()
	l.asked[first]++
	l.mu.Unlock()
	status, body := http.StatusOK,
		`{"data":{"activeUser":null},"errors":[{"message":"no","path":["activeUser"],"extensions":{"code":"FORBIDDEN","scope":"profile:read"}}]}`
	if first == "b" {
		status, body = http.StatusForbidden, `{"error":"Your token is not valid."}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// since gives what was asked since the last time.
func (l *listening) since() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprint(l.asked)
	l.asked = map[string]int{}
	return text
}

func jobsOf(t *testing.T, names ...string) *jobs.File {
	t.Helper()
	text := "server: https://speckle.test\njobs:\n"
	for _, name := range names {
		job, variable, _ := strings.Cut(name, "=")
		text += "  " + job + `: { schedule: manual, token_env: ` + variable + `, query: "{ serverInfo { version } }", outputs: [{ file: ` + job +
			".json }] }\n"
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file == nil {
		t.Fatal(problems)
	}
	return file
}

// TestPreflightsOfAService: each token once at the start, what is new or was
// refused at a reload, all of them once a day.
func TestPreflightsOfAService(t *testing.T) {
	for _, letter := range []string{"a", "b", "c"} {
		t.Setenv("T_"+strings.ToUpper(letter), strings.Repeat(letter, 42))
	}
	synctest.Test(t, func(t *testing.T) {
		network := &listening{asked: map[string]int{}}
		p := newPreflights(&run.Runner{Limiters: speckle.NewLimiters()}, &secret.Redactor{}, zerolog.Nop(), (&Service{}).noteTokenEnds)
		p.options.Base, p.rate = network, rate.NewLimiter(preflightRate, 1)
		ended := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			p.run(ctx)
			close(ended)
		}()
		step := func(what string, file *jobs.File, wait time.Duration, want string) {
			t.Helper()
			if file != nil {
				p.ask(file)
			}
			time.Sleep(wait) // of the bubble
			synctest.Wait()
			if got := network.since(); got != want {
				t.Errorf("%s: asked %s, want %s", what, got, want)
			}
		}
		step("at the start", jobsOf(t, "one=T_A", "two=T_A", "bad=T_B", "none=T_NOWHERE"), time.Minute, "map[a:1 b:1]")
		if one, two, bad, none := p.ofJob("one"), p.ofJob("two"), p.ofJob("bad"),
			p.ofJob("none"); !one.OK || !two.OK || bad.OK || !strings.Contains(bad.Error, "expired or revoked") ||
			!strings.Contains(none.Error, "T_NOWHERE is not set") || p.ofJob("nobody") != nil {
			t.Errorf("%+v, %+v, %+v, %+v", one, two, bad, none)
		}
		step("at a reload", jobsOf(t, "one=T_A", "two=T_C", "bad=T_B"), time.Minute, "map[b:1 c:1]")
		if p.ofJob("none") != nil {
			t.Error("a job that is gone is still known")
		}
		step("nothing is new", jobsOf(t, "one=T_A", "two=T_C"), time.Minute, "map[]")
		step("a long time later", jobsOf(t, "one=T_A"), 13*time.Hour, "map[]")
		step("and again", jobsOf(t, "one=T_A"), time.Minute, "map[a:1]")
		step("once a day", nil, 12*time.Hour, "map[a:1]")
		step("every day", nil, 48*time.Hour, "map[a:2]")
		cancel()
		<-ended
	})
}

func TestNoPreflights(t *testing.T) {
	var p *preflights
	p.ask(jobsOf(t, "one=T_A"))
	p.run(t.Context())
	if p.ofJob("one") != nil || len(p.warn("one", nil)) != 0 {
		t.Error("something is known that nobody asked")
	}
}

// TestAnAnswerThatBreaksTheProgram ends the question that it answers: no process, and no secret.
func TestAnAnswerThatBreaksTheProgram(t *testing.T) {
	token := strings.Repeat("a", 42)
	t.Setenv("T_A", token)
	breaks := func() { panic("broke at " + token) }
	var log bytes.Buffer
	logger := zerolog.New(&log)
	x := &Service{log: logger, logs: Logs{
		Redactor: &secret.Redactor{}, Logger: func(*secret.Redactor, io.Writer) zerolog.Logger { return logger },
	}}
	x.runner = &run.Runner{Limiters: speckle.NewLimiters(), Transport: &http.Transport{
		Proxy: func(*http.Request) (*url.URL, error) { breaks(); return nil, nil },
	}}
	job := jobsOf(t, "one=T_A").Job("one")
	job.OnVersion = &jobs.OnVersion{Project: "p"}
	_, err := (&serving{Service: x}).look(t.Context(), job, time.Time{})
	if err == nil || !strings.Contains(err.Error(), "the program broke: broke at ") || strings.Contains(err.Error(), token) {
		t.Errorf("a look: %v", err)
	}
	p := newPreflights(x.runner, x.logs.Redactor, logger, x.noteTokenEnds)
	p.check(t.Context(), jobsOf(t, "one=T_A"), 0)
	if state := p.ofJob("one"); state != nil {
		t.Errorf("it is known of the token that %+v", state)
	}
	if text := log.String(); strings.Count(text, "panic: broke at ") != 2 || strings.Contains(text, token) {
		t.Error(text)
	}
}
