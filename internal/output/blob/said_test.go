package blob_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAServiceQuotesNoCredentials: what a storage says back of its credentials
// is taken out before its words are cut, and acts on nothing.
func TestAServiceQuotesNoCredentials(t *testing.T) {
	const session = "sess10n-token-of-the-service-0f9e8d7c"
	t.Setenv("AZURE_CLIENT_SECRET", session)
	each(t, func(t *testing.T, r *room) {
		for in := 250; in <= 300; in += 5 {
			r.Fault(func(w http.ResponseWriter, req *http.Request) bool {
				if !r.Sends(req) {
					return false
				}
				w.Header().Set("Content-Type", "application/xml")
				w.Header().Set("X-Ms-Error-Code", "InvalidInput")
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, "<Error><Code>InvalidInput</Code><Message>%s %s\u009b31m\u202e%s</Message></Error>",
					strings.Repeat("x", in), session, strings.Repeat(" y", 200))
				return true
			})
			_, err := r.publish(t.Context(), "run-1", file{"a.csv", "new", replace})
			r.Fault(nil)
			if err == nil {
				t.Fatal("published")
			}
			if strings.Contains(err.Error(), session[:8]) || strings.ContainsAny(err.Error(), "\u009b\u202e\n") {
				t.Fatalf("%d characters in: %q", in, err)
			}
		}
	})
}
