package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthCommand(s *settings) *cobra.Command {
	var listen string
	command := &cobra.Command{
		Use:   "health",
		Short: "Ask a running serve whether its loop is alive, for container health checks",
		Long:  `Ask the serve on this machine whether its tick loop is alive. Exit code 0 if it is, else 1.`,
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			address, err := probed(listen)
			if err != nil {
				return err
			}
			text, err := askHealth(command.Context(), address)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.out, strings.TrimSpace(text))
			return err
		},
	}
	command.Flags().StringVar(&listen, "listen", defaultListen, "the address that serve was given")
	return command
}

// probed gives the address to ask for one that was listened on: all
// interfaces are asked on loopback.
func probed(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", usagef("--listen %q: want host:port", listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// healthTimeout is less than a container's probe usually waits.
const healthTimeout = 4 * time.Second

func askHealth(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return "", usagef("--listen %q: %w", address, err)
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
