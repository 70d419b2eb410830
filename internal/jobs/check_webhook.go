package jobs

import (
	"net"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/said"
)

// webhook fills in what belongs to a webhook.
func (l *loader) webhook(o *outlet, j *job, out *Output) {
	out.Hook = l.hook(o.Webhook, o.WebhookEnv, &o.hook, j)
	out.OnlyIfAny = o.OnlyIfAny.value
	shaped := o.Preset.given() || o.Body.given()
	if !shaped {
		out.Send = Send(o.Send.value)
	}
	if out.Send == SendRecords {
		out.Batch = o.Batch.value
	} else if o.Batch.given() {
		why := "preset makes one message"
		switch {
		case o.Body.given():
			why = "body makes one message"
		case out.Send == SendSummary:
			why = "a summary has no records"
		}
		l.problem(o.Batch.at, document.Problem{Message: "batch has no meaning here: " + why, Hint: "remove it"})
	}
}

// hook builds what outputs and notifications say of a message. j is nil for a
// notification that holds for all jobs.
func (l *loader) hook(address, env text, h *hook, j *job) Hook {
	out := Hook{
		AddressEnv: env.value, SecretEnv: h.SecretEnv.value, Signature: h.Signature.value, Preset: h.Preset.value,
		Body: l.program(h.Body), Headers: h.Headers.values(), HeadersEnv: h.HeadersEnv.values(),
	}
	if address.given() {
		out.Address = l.address(address, j != nil && j.ForEach.given())
	}
	if h.Signature.given() && !h.SecretEnv.given() {
		l.problem(h.Signature.at, document.Problem{Message: "a signature needs a secret",
			Hint: "add secret_env with the name of the variable that holds it"})
	}
	l.headers(h)
	return out
}

var hostPlaceholder = regexp.MustCompile(`^[a-z]+://[^/?#]*\{[^{]`)

// secretHosts are receivers whose address lets anybody post who knows it.
var secretHosts = []string{"hooks.slack.com", "discord.com", "discordapp.com", ".webhook.office.com", ".logic.azure.com",
	".powerplatform.com", "hc-ping.com"}

// address parses a webhook's address and checks it.
func (l *loader) address(given text, each bool) placeholder.Template {
	t := l.template(given.at, each)
	u, err := url.Parse(plainPath(given.value, func(string) string { return "0" }))
	switch {
	case err != nil:
		l.hidden(given.at, document.Problem{Message: "this is no address that can be posted to", Hint: "write it as in https://example.com/hook"})
	case u.User != nil:
		l.hidden(given.at, document.Problem{Message: "the address holds a user or a password",
			Hint: "put them into a variable and name that in headers_env, below Authorization"})
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		p := document.Problem{Message: "want an address such as https://example.com/hook"}
		if envPattern.MatchString(given.value) {
			p.Hint = "for the name of an environment variable, write webhook_env"
		}
		l.problem(given.at, p)
	case hostPlaceholder.MatchString(given.value):
		l.problem(given.at, document.Problem{Message: "the host of an address can't be a placeholder: records would go wherever the data says",
			Hint: "write the host out"})
	case u.Scheme == "http" && !loopback(u.Hostname()):
		l.warning(given.at, document.Problem{Message: "http sends the records in the clear", Hint: "use https, if the receiver has it"})
	}
	if u != nil {
		for _, host := range secretHosts {
			if u.Hostname() == strings.TrimPrefix(host, ".") || strings.HasPrefix(host, ".") && strings.HasSuffix(u.Hostname(), host) {
				l.src.Hide(given.node.Line, given.node.Col)
				l.warning(given.at, document.Problem{Message: "who knows this address can post to it, so it is a secret",
					Hint: "put it into an environment variable, and name that in webhook_env"})
			}
		}
	}
	return t
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

var headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ownHeaders are set by the runner.
var ownHeaders = []string{"Content-Length", "Host", "Transfer-Encoding", "Connection", "Webhook-Id", "Webhook-Timestamp",
	"Webhook-Signature", "X-Webhook-Signature"}

func (l *loader) headers(h *hook) {
	seen := map[string]bool{}
	for _, one := range h.Headers.list {
		name := l.header(one, seen)
		if strings.ContainsFunc(one.value.value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			l.problem(one.value.at, document.Problem{Message: "a header is one line"})
		}
		if strings.HasSuffix(name, "Authorization") || strings.Contains(name, "Token") || strings.Contains(name, "Api-Key") ||
			strings.Contains(name, "Secret") || name == "Cookie" {
			l.src.Hide(one.value.node.Line, one.value.node.Col)
			l.warning(one.value.at, document.Problem{Message: "this header's value looks like a secret",
				Hint: "put it into an environment variable, and name that below headers_env"})
		}
	}
	for _, one := range h.HeadersEnv.list {
		l.header(one, seen)
	}
}

func (l *loader) header(one pair, seen map[string]bool) string {
	name := textproto.CanonicalMIMEHeaderKey(one.name.node.Text)
	p := document.Problem{}
	switch {
	case !headerPattern.MatchString(name):
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
		l.problem(one.name, p)
	}
	return name
}
