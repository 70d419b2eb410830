package main

import (
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// tls VARIABLE FILE: the server behind TLS, with a
// certificate that no system knows; it is written to the file.
func serveTLS(ts *testscript.TestScript, _ bool, args []string) {
	origin, err := url.Parse(ts.Getenv("SERVER"))
	ts.Check(err)
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(origin) }})
	ts.Defer(front.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), certificate, 0o600))
	ts.Setenv(args[0], front.URL)
}
