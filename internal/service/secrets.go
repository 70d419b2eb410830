package service

import (
	"os"

	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/proxy"
	"speckle-runner/internal/secret"
)

// Secrets makes a redactor that knows the secrets of this process's environment: those
// of storage and of proxies, and what the named variables hold.
func Secrets(variables ...string) *secret.Redactor {
	known := &secret.Redactor{}
	for _, value := range blob.Secrets() {
		known.Add(value)
	}
	for _, name := range variables {
		known.Add(secret.New(os.Getenv(name)))
	}
	for _, value := range proxy.Values() {
		known.AddProxy(value)
	}
	return known
}
