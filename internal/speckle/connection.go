package speckle

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"speckle-runner/internal/said"
)

// Most errors of a connection go away by themselves. Those here don't: a person has to
// change an address, a certificate or a proxy.

// spokeFirst is what net/http makes of a server that says something on a new
// connection before it is asked, as SSH and mail do: its readLoopPeekFailLocked
// wraps the error of a read that had none.
const spokeFirst = "readLoopPeekFailLocked: %!w(<nil>)"

// hopeless gives an Error for a connection that would fail the same way again; nil: it may not.
func hopeless(words said.Words, doing string, err error) *Error {
	fails := func(kind Kind, what, hint string) *Error {
		return &Error{Kind: kind, Message: doing + ": " + what, Hint: hint, cause: err, unsent: true}
	}
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		what, hint := certificate(words, refused)
		return fails(Untrusted, what, hint)
	}
	if told, ok := errors.AsType[*net.OpError](err); ok && told.Op == "remote error" && lasting(told.Err.Error()) {
		return fails(WrongProtocol, "the two sides don't agree on TLS: "+words.Line(strings.TrimPrefix(told.Err.Error(), "tls: "), MaxSaid),
			"the server, or a proxy before it, asks for another version of TLS, another name or a certificate of the caller's")
	}
	text := err.Error()
	odd, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case noTLS && string(odd.RecordHeader[:]) == "HTTP/":
		return fails(WrongProtocol, "the address says https, and what answers there speaks plain HTTP",
			"write the port that https is served on, or http:// as server where that is meant")
	case noTLS:
		return fails(WrongProtocol, "the address says https, and what answers there doesn't speak TLS", "is the port that of the server's https?")
	case strings.Contains(text, "tls: server selected unsupported protocol version"):
		return fails(WrongProtocol, "the server speaks only a version of TLS that is no longer safe", "it has to offer TLS 1.2 or newer")
	case strings.Contains(text, `malformed HTTP response "\x15\x03`):
		return fails(WrongProtocol, "the address says http, and what answers there speaks TLS", "write https:// as server")
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, spokeFirst):
		return fails(WrongProtocol, "what answers there doesn't speak HTTP", "is the port that of the server?")
	case strings.Contains(text, "invalid proxy address"): // which may hold a password
		return fails(ProxyRefused, "the proxy of HTTPS_PROXY or HTTP_PROXY is no address", "write it as http://host:port")
	}
	return nil
}

// certificate says what is wrong with a server's certificate, and what to do.
func certificate(words said.Words, refused *tls.CertificateVerificationError) (what, hint string) {
	if name, ok := errors.AsType[x509.HostnameError](refused.Err); ok {
		return "the server's certificate isn't for this address: " + words.Line(strings.TrimPrefix(name.Error(), "x509: "), MaxSaid),
			"write the name that the certificate has, or have one made for this name"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](refused.Err); ok && invalid.Reason == x509.Expired && invalid.Cert != nil {
		if from := invalid.Cert.NotBefore; time.Now().Before(from) {
			return "the server's certificate isn't valid before " + from.UTC().Format(time.RFC3339), "is this machine's clock right?"
		}
		return "the server's certificate expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339),
			"renew it on the server, or on the proxy before it"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](refused.Err); ok {
		what = "the server's certificate is signed by an authority that this machine doesn't know"
		if len(refused.UnverifiedCertificates) > 0 {
			what += " (" + words.Line(cmp.Or(refused.UnverifiedCertificates[0].Issuer.String(), "it has no name"), MaxSaid) + ")"
		}
		return what, said.OwnAuthority
	}
	return "the server's certificate is refused: " + words.Line(strings.TrimPrefix(refused.Err.Error(), "x509: "), MaxSaid), said.OwnAuthority
}

// lasting reports whether a TLS alert would come again at the next try. Alerts are known by
// their text, because crypto/tls doesn't export their type.
func lasting(alert string) bool {
	for _, words := range []string{
		"handshake failure", "protocol version not supported", "insufficient security level", "unrecognized name", "no application protocol",
		"certificate required", "bad certificate", "unsupported certificate", "unknown certificate", "access denied",
	} {
		if strings.Contains(alert, words) {
			return true
		}
	}
	return false
}

// toldByProxy judges a proxy's answer to CONNECT. A refusal would come again; a server that
// the proxy can't reach may be back soon.
func toldByProxy(_ context.Context, proxy *url.URL, asked *http.Request, answer *http.Response) error {
	if answer.StatusCode/100 == 2 {
		return nil
	}
	e := &Error{Kind: ProxyRefused, unsent: true, Message: fmt.Sprintf("the proxy %s refuses to connect to %s (HTTP %d)",
		said.Line(proxy.Host, MaxSaid), said.Line(asked.Host, MaxSaid), answer.StatusCode)}
	switch status := answer.StatusCode; {
	case status == http.StatusProxyAuthRequired:
		return wantsLogin(e)
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		e.Kind, e.Message = Network, fmt.Sprintf("the proxy %s can't connect to %s (HTTP %d)", said.Line(proxy.Host, MaxSaid),
			said.Line(asked.Host, MaxSaid), status)
	default:
		e.Hint = "have the proxy allow it, or name the host in NO_PROXY"
	}
	return e
}

// wantsLogin fills in the error for a proxy that asks for a name and a password.
func wantsLogin(e *Error) *Error {
	e.Kind = ProxyRefused
	e.Message = cmp.Or(e.Message, "the proxy on the way refuses the request (HTTP 407)")
	e.Hint = "it asks for a name and a password: HTTPS_PROXY=http://name:password@host:port"
	return e
}

// plainToTLS reports whether the body of a 400 is what servers answer to plain HTTP on their
// port for TLS.
func plainToTLS(body []byte) bool {
	for _, words := range []string{"HTTP request was sent to HTTPS port", "HTTP request to an HTTPS server",
		"plain HTTP to an SSL-enabled server port"} {
		if bytes.Contains(body, []byte(words)) {
			return true
		}
	}
	return false
}
