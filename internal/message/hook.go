package message

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/secret"
)

// Hook is a receiver with its placeholders filled in. It names the variables
// of its secrets and never holds one, so that it can be stored.
type Hook struct {
	Address    string            `json:"address,omitempty"`
	AddressEnv string            `json:"address_env,omitempty"`
	Suffix     string            `json:"suffix,omitempty"` // of the address's path: "/fail"
	SecretEnv  string            `json:"secret_env,omitempty"`
	Signature  string            `json:"signature,omitempty"`
	Preset     string            `json:"preset,omitempty"` // the service, which decides how its answers are read
	Headers    map[string]string `json:"headers,omitempty"`
	HeadersEnv map[string]string `json:"headers_env,omitempty"`
}

// NewHook fills in the address, which may hold the run's tick.
func NewHook(h *jobs.Hook, values placeholder.Values) (Hook, error) {
	hook := Hook{
		AddressEnv: h.AddressEnv, SecretEnv: h.SecretEnv, Signature: h.Signature, Preset: h.Preset,
		Headers: h.Headers, HeadersEnv: h.HeadersEnv,
	}
	if h.Address.IsZero() {
		return hook, nil
	}
	address, err := h.Address.Expand(values, placeholder.Address)
	hook.Address = address
	return hook, err
}

// Target names the receiver for people: its variable, or its origin, because
// the path of a webhook is often a secret.
func (h Hook) Target() string {
	if h.AddressEnv != "" {
		return h.AddressEnv
	}
	u, err := url.Parse(h.Address)
	if err != nil || u.Host == "" || secret.InPath(u) {
		return "webhook"
	}
	return u.Scheme + "://" + u.Host
}

// Open resolves the secrets of a receiver, which the redactor learns. A
// missing one is secret.ErrMissing.
func (h Hook) Open(userAgent string, redactor *secret.Redactor) (*webhook.Hook, error) {
	hook := &webhook.Hook{
		URL: secret.New(h.Address), Signature: h.Signature, Preset: h.Preset, UserAgent: userAgent, Redactor: redactor,
		Headers: make(map[string]secret.Value, len(h.Headers)+len(h.HeadersEnv)),
	}
	resolve := func(variable string, into *secret.Value) error {
		if variable == "" {
			return nil
		}
		value, err := secret.Source{Env: variable}.Resolve()
		redactor.Add(value)
		*into = value
		return err
	}
	if err := resolve(h.AddressEnv, &hook.URL); err != nil {
		return nil, fmt.Errorf("webhook address: %w", err)
	}
	if err := resolve(h.SecretEnv, &hook.Secret); err != nil {
		return nil, fmt.Errorf("webhook secret: %w", err)
	}
	for name, text := range h.Headers {
		hook.Headers[name] = secret.New(text)
	}
	for _, name := range slices.Sorted(maps.Keys(h.HeadersEnv)) {
		var value secret.Value
		if err := resolve(h.HeadersEnv[name], &value); err != nil {
			return nil, fmt.Errorf("webhook header %s: %w", name, err)
		}
		hook.Headers[name] = value
	}
	if h.Suffix != "" {
		hook.URL = withSuffix(hook.URL, h.Suffix)
	}
	return hook, nil
}

// withSuffix adds a suffix to an address's path. A text that is no address stays as it
// is: sending refuses it.
func withSuffix(address secret.Value, suffix string) secret.Value {
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return address
	}
	return secret.New(u.JoinPath(suffix).String())
}
