// Package probe asks a running serve whether it is healthy, as container health checks
// do. It never asks for anything that needs the web token.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Address gives the address to ask for one that was listened on: all
// interfaces are asked on loopback.
func Address(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", errors.New("want host:port")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port)
	if _, err := url.Parse(healthz(address)); err != nil {
		return "", err
	}
	return address, nil
}

func healthz(address string) string { return "http://" + address + "/healthz" }

// patience is less than a container's probe usually waits.
const patience = 4 * time.Second

// Health asks whether a serve's loop is alive, and gives its answer.
func Health(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, healthz(address), nil)
	if err != nil {
		return "", fmt.Errorf("address %s: %w", address, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("no runner serve answers on %s: %w", address, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("read the answer of %s: %w", address, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("not healthy (HTTP %d): %s", response.StatusCode, strings.TrimSpace(string(text)))
	}
	return string(text), nil
}
