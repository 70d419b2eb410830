// Package probe asks a running serve whether it is healthy, as container health checks
// do. It never asks for anything that needs the web token.
package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/patience"
	"speckle-runner/internal/said"
	"speckle-runner/internal/web"
)

// Address gives the address to ask for one that was listened on: all
// interfaces are asked on loopback.
func Address(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err = cmp.Or(web.CheckAddress(listen), err); err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port)
	if _, err := url.Parse(healthz("http", address)); err != nil {
		return "", err
	}
	return address, nil
}

func healthz(scheme, address string) string { return scheme + "://" + address + "/healthz" }

// answersWithin is less than a container's probe usually waits.
const answersWithin = 4 * time.Second

// Health asks whether a serve's loop is alive, and gives its answer. One that
// serves HTTPS refuses the plain question, and is asked so.
func Health(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	got, err := ask(ctx, "http", address)
	if err == nil && got.status == http.StatusBadRequest {
		if again, failed := ask(ctx, "https", address); !errors.Is(failed, http.ErrSchemeMismatch) {
			got, err = again, failed
		}
	}
	if err != nil {
		return "", err
	}
	if !got.ofServe() {
		return "", fmt.Errorf("what answers on %s is no runner serve (%s): another program has that address, "+
			"or --listen isn't what serve was given", address, got)
	}
	if got.status != http.StatusOK {
		return "", fmt.Errorf("not healthy (HTTP %d): %s", got.status, said.Start(strings.TrimSpace(got.text), maxShown))
	}
	return got.text, nil
}

// ask gives what is answered.
func ask(ctx context.Context, scheme, address string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, healthz(scheme, address), nil)
	if err != nil {
		return answer{}, fmt.Errorf("address %s: %w", address, err)
	}
	response, err := client().Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("no runner serve answers on %s: %w", address, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer of %s: %w", address, err)
	}
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(body)}, nil
}

// client asks once. A certificate is for the name that people use, never for the
// loopback address that is asked here, and nothing secret is sent: none is checked.
func client() *http.Client {
	return &http.Client{CheckRedirect: stay, Transport: patience.Unswitched(&http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
	})}
}

// stay takes a redirect for the answer: serve makes none, and whither it leads wasn't asked.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
