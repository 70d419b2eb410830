package web_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/web"
)

// listen serves a site on an address until stop, which gives Serve's error.
func (s *site) listen(address string) (stop func() error) {
	s.t.Helper()
	l, err := web.Listen(s.t.Context(), address, s.web)
	if err != nil {
		s.t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil || port == "0" {
		s.t.Fatalf("bound to %s: %v", l.Addr(), err)
	}
	s.url = "http://127.0.0.1:" + port
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx) }()
	s.t.Cleanup(cancel)
	return func() error { cancel(); return <-done }
}

func TestTheBoundAddressDecides(t *testing.T) {
	for _, c := range []struct {
		address, token string
		status         int
		warns          string
	}{
		{"127.0.0.1:0", "", http.StatusOK, ""},
		{"localhost:0", "", http.StatusOK, ""},
		{"0.0.0.0:0", "", http.StatusForbidden, "RUNNER_WEB_TOKEN is not set"},
		{":0", "", http.StatusForbidden, "RUNNER_WEB_TOKEN is not set"},
		{"0.0.0.0:0", token, http.StatusUnauthorized, ""},
		{"127.0.0.1:0", token, http.StatusUnauthorized, ""},
	} {
		s := backstage(t, func(o *web.Options) { o.Loopback, o.Token = c.status != http.StatusOK, secret.New(c.token) })
		stop := s.listen(c.address)
		if a := s.ask("GET", "/api/v1/jobs"); a.status != c.status {
			t.Errorf("%s: %d %s", c.address, a.status, a.body)
		}
		if a := s.ask("GET", "/healthz"); a.status != http.StatusOK {
			t.Errorf("%s: health %d", c.address, a.status)
		}
		if err := stop(); err != nil {
			t.Errorf("%s: %v", c.address, err)
		}
		log := s.log.String()
		if !strings.Contains(log, strings.TrimPrefix(s.url, "http://127.0.0.1")+`"`) || strings.Contains(log, `"warn"`) != (c.warns != "") ||
			!strings.Contains(log, c.warns) {
			t.Errorf("%s: log %s", c.address, log)
		}
		if c.token != "" && strings.Contains(log, `"`+c.token) {
			t.Errorf("the token is logged: %s", log)
		}
	}
}

func TestATokenThatCouldBeGuessed(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		s := backstage(t, func(o *web.Options) { o.Token = secret.New("short") })
		_, err := web.Listen(t.Context(), address, s.web)
		if err == nil || !strings.Contains(err.Error(), "has 5 characters and could be guessed") || strings.Contains(err.Error(), "short") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAnAddressThatIsTaken(t *testing.T) {
	s := backstage(t)
	stop := s.listen("127.0.0.1:0")
	address := strings.TrimPrefix(s.url, "http://")
	if _, err := web.Listen(t.Context(), address, s.web); err == nil || !strings.Contains(err.Error(), "--listen") ||
		!strings.Contains(err.Error(), address) {
		t.Errorf("a second server: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := web.Listen(t.Context(), "nonsense", s.web); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("no address: %v", err)
	}
}

func TestStoppingLetsRequestsEnd(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := backstage(t, func(o *web.Options) {
		o.Reload = func() scheduler.Reload {
			close(entered)
			<-leave
			return scheduler.Reload{Generation: "abc"}
		}
	})
	stop := s.listen("127.0.0.1:0")
	answered := make(chan answer, 1)
	go func() { answered <- s.ask("GET", "/api/v1/status") }()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	s.await(func() bool { // no new request is taken
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	close(leave)
	if a := <-answered; a.status != http.StatusOK || !strings.Contains(a.body, `"generation":"abc"`) {
		t.Errorf("a request that had begun: %d %s", a.status, a.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("serve ended with %v", err)
	}
}
