package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is a receiver of traces that keeps what comes.
type collector struct {
	mu       sync.Mutex
	refusing bool
	asked    int
	raw      []byte // all that came
	spans    []*tracepb.Span
	of       []string // attributes of who sent
}

// collector [refusing]: a receiver of traces, which OTEL_EXPORTER_OTLP_ENDPOINT names.
// One that refuses answers 401, and sends back the key that it was shown.
func serveCollector(ts *testscript.TestScript, _ bool, args []string) {
	c := &collector{refusing: len(args) > 0}
	server := httptest.NewServer(c)
	ts.Defer(server.Close)
	worldOf(ts).collector = c
	ts.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.refusing {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, "no such key: %s", r.Header.Get("X-Key"))
		return
	}
	var sent collectorpb.ExportTraceServiceRequest
	form := r.Header.Get("Content-Type")
	if err := proto.Unmarshal(body, &sent); err != nil || r.URL.Path != "/v1/traces" || form != "application/x-protobuf" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.raw = append(c.raw, body...)
	for _, from := range sent.GetResourceSpans() {
		c.of = attributes(from.GetResource().GetAttributes())
		for _, scope := range from.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func attributes(list []*commonpb.KeyValue) []string {
	var all []string
	for _, one := range list {
		value := one.GetValue().GetStringValue()
		if _, number := one.GetValue().GetValue().(*commonpb.AnyValue_IntValue); number {
			value = fmt.Sprint(one.GetValue().GetIntValue())
		}
		all = append(all, one.GetKey()+"="+value)
	}
	slices.Sort(all)
	return all
}

// spans FILE [RAW]: what has come, a line a span below the one that it is a part of,
// and forgotten with that; a tick that came without its parts, or parts without their
// tick, stand at the margin. RAW gets the bytes.
func listSpans(ts *testscript.TestScript, _ bool, args []string) {
	c := worldOf(ts).collector
	c.mu.Lock()
	defer c.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(c.text()), 0o600))
	if len(args) > 1 {
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), c.raw, 0o600))
	}
	c.spans, c.raw, c.asked = nil, nil, 0
}

// awaitspans PATTERN FILE: waits until what has come has a line that is as the pattern
// says, and writes it down as spans does.
func awaitSpans(ts *testscript.TestScript, _ bool, args []string) {
	c, want := worldOf(ts).collector, regexp.MustCompile("(?m)"+args[0])
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		c.mu.Lock()
		text := c.text()
		c.mu.Unlock()
		if want.MatchString(text) {
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
			return
		}
		<-poll.C
	}
	ts.Fatalf("no span is as %s says", args[0])
}

// traceof FILE VARIABLE: the id of the first trace in a file that spans wrote.
func traceOf(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(`trace=([0-9a-f]+)`).FindStringSubmatch(ts.ReadFile(args[0]))
	if found == nil {
		ts.Fatalf("%s has no trace", args[0])
	}
	ts.Setenv(args[1], found[1])
}

// text lists what has come.
func (c *collector) text() string {
	slices.SortStableFunc(c.spans, func(a, b *tracepb.Span) int { return cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()) })
	known := map[string]bool{}
	for _, s := range c.spans {
		known[string(s.GetSpanId())] = true
	}
	var text strings.Builder
	for _, s := range c.spans {
		if !known[string(s.GetParentSpanId())] {
			c.write(&text, s, "")
		}
	}
	fmt.Fprintf(&text, "asked %d\nof %s\n", c.asked, strings.Join(c.of, " "))
	return text.String()
}

func (c *collector) write(to *strings.Builder, s *tracepb.Span, indent string) {
	fmt.Fprintf(to, "%s%s", indent, s.GetName())
	if indent == "" {
		fmt.Fprintf(to, " trace=%x part-of=%x", s.GetTraceId(), s.GetParentSpanId())
	}
	fmt.Fprintf(to, " %s", strings.Join(attributes(s.GetAttributes()), " "))
	if s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR {
		fmt.Fprintf(to, " FAILED %s", s.GetStatus().GetMessage())
	}
	to.WriteString("\n")
	for _, part := range c.spans {
		if string(part.GetParentSpanId()) == string(s.GetSpanId()) && string(part.GetTraceId()) == string(s.GetTraceId()) {
			c.write(to, part, indent+"  ")
		}
	}
}
