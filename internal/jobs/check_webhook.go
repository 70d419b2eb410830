package jobs

import (
	"net"
	"net/textproto"
	"net/url"
	"strings"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/endpoint"
)

// webhook fills in what belongs to a webhook.
func (l *loader) webhook(o *shape.Output, j *shape.Job, out *Output) {
	out.Hook = l.hook(o.Webhook, o.WebhookEnv, &o.Hook, j)
	out.OnlyIfAny = o.OnlyIfAny.Value
	shaped := o.Preset.Given() || o.Body.Given()
	if !shaped {
		out.Send = choices.Send(o.Send.Value)
	}
	if out.Send == choices.SendRecords {
		out.Batch = o.Batch.Value
	} else if o.Batch.Given() {
		why := "preset makes one message"
		switch {
		case o.Body.Given():
			why = "body makes one message"
		case out.Send == choices.SendSummary:
			why = "a summary has no records"
		}
		l.Problem(o.Batch.At, document.Problem{Message: "batch has no meaning here: " + why, Hint: "remove it"})
	}
}

// hook builds what outputs and notifications say of a message. j is nil for a
// notification that holds for all jobs.
func (l *loader) hook(address, env shape.Text, h *shape.Hook, j *shape.Job) Hook {
	out := Hook{
		AddressEnv: env.Value, SecretEnv: h.SecretEnv.Value, Signature: h.Signature.Value, Preset: h.Preset.Value,
		Body: l.program(h.Body), Headers: h.Headers.Values(), HeadersEnv: h.HeadersEnv.Values(),
	}
	if address.Given() {
		out.Address = l.address(address, j != nil && j.ForEach.Given())
	}
	if h.Signature.Given() && !h.SecretEnv.Given() {
		l.Problem(h.Signature.At, document.Problem{Message: "a signature needs a secret",
			Hint: "add secret_env with the name of the variable that holds it"})
	}
	l.headers(h)
	return out
}

var hostPlaceholder = pattern.New(`^[a-z]+://[^/?#]*\{[^{]`)

// address parses a webhook's address and checks it.
func (l *loader) address(given shape.Text, each bool) placeholder.Template {
	t := l.template(given.At, each)
	l.otherwiseWritten(given.At, false)
	u, err := url.Parse(plainPath(given.Value, func(string) string { return "0" }))
	switch {
	case err != nil:
		l.Hidden(given.At, document.Problem{Message: "this is no address that can be posted to", Hint: "write it as in https://example.com/hook"})
	case u.User != nil, u.Host == "" && strings.Contains(given.Value, "@"):
		l.Hidden(given.At, document.Problem{Message: "the address holds a user or a password",
			Hint: "put them into a variable and name that in headers_env, below Authorization"})
	case secret.InPath(u):
		l.Hidden(given.At, document.Problem{Message: "the address may hold a user or a password: there is an @ behind its port",
			Hint: "credentials go into a variable that headers_env names, below Authorization; an @ that belongs to the path is written %40"})
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		p := document.Problem{Message: "want an address such as https://example.com/hook"}
		if shape.EnvPattern().MatchString(strings.Trim(given.Value, "${}")) {
			p.Hint = "for the name of an environment variable, write webhook_env"
		}
		l.Problem(given.At, p)
	case !endpoint.ValidPort(u):
		l.Problem(given.At, document.Problem{Message: "want a port from 1 to 65535"})
	case hostPlaceholder().MatchString(given.Value):
		l.Problem(given.At, document.Problem{Message: "the host of an address can't be a placeholder: records would go wherever the data says",
			Hint: "write the host out"})
	case u.Scheme == "http" && !loopback(u.Hostname()):
		l.Warning(given.At, document.Problem{Message: "http sends the records in the clear", Hint: "use https, if the receiver has it"})
	}
	if u != nil && secret.IsReceiver(u.Hostname()) {
		l.Src.Hide(given.Node.Line, given.Node.Col)
		l.Warning(given.At, document.Problem{Message: "whoever knows this address can post to it, so it is a secret",
			Hint: "put it into an environment variable, and name that in webhook_env"})
	}
	return t
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

var headerPattern = pattern.New("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ownHeaders are set by the runner.
var ownHeaders = []string{"Content-Length", "Host", "Transfer-Encoding", "Connection", "Webhook-Id", "Webhook-Timestamp",
	"Webhook-Signature", "X-Webhook-Signature"}

func (l *loader) headers(h *shape.Hook) {
	seen := map[string]bool{}
	for _, one := range h.Headers.List {
		name := l.header(one, seen)
		if strings.ContainsFunc(one.Value.Value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			l.Problem(one.Value.At, document.Problem{Message: "a header is one line"})
		}
		if strings.HasSuffix(name, "Authorization") || strings.Contains(name, "Token") || strings.Contains(name, "Api-Key") ||
			strings.Contains(name, "Secret") || name == "Cookie" {
			l.Src.Hide(one.Value.Node.Line, one.Value.Node.Col)
			l.Warning(one.Value.At, document.Problem{Message: "this header's value looks like a secret",
				Hint: "put it into an environment variable, and name that below headers_env"})
		}
	}
	for _, one := range h.HeadersEnv.List {
		l.header(one, seen)
	}
}

func (l *loader) header(one shape.Pair, seen map[string]bool) string {
	name := textproto.CanonicalMIMEHeaderKey(one.Name.Node.Text)
	p := document.Problem{}
	switch {
	case !headerPattern().MatchString(name):
		p = document.Problem{Message: said.Quoted(name) + " can't be the name of a header", Hint: "write it like X-Source"}
	case seen[name]:
		p.Message = "the header " + name + " is here twice"
	default:
		for _, own := range ownHeaders {
			if name == own {
				p = document.Problem{Message: "the header " + name + " is the runner's own", Hint: "remove it"}
			}
		}
	}
	seen[name] = true
	if p.Message != "" {
		l.Problem(one.Name, p)
	}
	return name
}
