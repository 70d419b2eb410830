package tracing

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// endpoints are the variables that name a collector: the one for traces alone wins.
var endpoints = []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}

// Wanted reports whether the environment names a collector, and doesn't say to leave
// it alone.
func Wanted() bool {
	named := false
	for _, variable := range endpoints {
		named = named || os.Getenv(variable) != ""
	}
	return named && !strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") && os.Getenv("OTEL_TRACES_EXPORTER") != "none"
}

// errNoTraces ends what is wrong with a variable.
var errNoTraces = errors.New("no traces are sent")

// checkEnvironment refuses what the library would take for its defaults, or would send
// in a way that its receiver doesn't understand.
func checkEnvironment() error {
	for _, variable := range endpoints {
		text := os.Getenv(variable)
		if text == "" {
			continue
		}
		if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Contains(text, "@") {
			return fmt.Errorf("%s: want an address such as http://127.0.0.1:4318, without name and password "+
				"(those go into OTEL_EXPORTER_OTLP_HEADERS): %w", variable, errNoTraces)
		}
	}
	const protocol = "OTEL_EXPORTER_OTLP_PROTOCOL"
	if cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv(protocol)) == "grpc" {
		return fmt.Errorf("%s=grpc: traces go by http/protobuf, whose port is mostly 4318: "+
			"write that, and leave the protocol out: %w", protocol, errNoTraces)
	}
	return nil
}

// Secrets gives the values that the environment has for the collector alone, such as
// its key, for a redactor.
func Secrets() []string {
	var all []string
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for header := range strings.SplitSeq(os.Getenv(variable), ",") {
			_, value, named := strings.Cut(header, "=")
			if !named {
				value = header
			}
			all = append(all, formsOf(strings.TrimSpace(value))...)
		}
	}
	return all
}

// formsOf gives a header's value as it is written and as it is sent, and its key alone:
// "Bearer key".
func formsOf(value string) []string {
	forms := []string{value}
	if plain, err := url.PathUnescape(value); err == nil && plain != value {
		forms = append(forms, plain)
	}
	for _, form := range forms {
		if _, key, ok := strings.Cut(form, " "); ok {
			forms = append(forms, key)
		}
	}
	return forms
}

// tellEvery keeps a collector that is away for a night from filling the log.
const tellEvery = 10 * time.Minute

// seldom gives a function that tells of the first error, and of one now and then.
func seldom(tell func(error)) func(error) {
	if tell == nil {
		return func(error) {}
	}
	var mu sync.Mutex
	var told time.Time
	return func(err error) {
		mu.Lock()
		silent := !told.IsZero() && time.Since(told) < tellEvery
		if !silent {
			told = time.Now()
		}
		mu.Unlock()
		if !silent {
			tell(err)
		}
	}
}
