package mail

import (
	"crypto/x509"
	"time"

	"speckle-runner/internal/secret"
)

// How the way to a server is kept secret.
const (
	StartTLS = "starttls" // the connection turns to TLS before anything is said
	TLS      = "tls"      // it is TLS from the start
	Clear    = "none"
)

// Server takes letters and passes them on.
type Server struct {
	Host     string
	Port     int
	TLS      string       // StartTLS, TLS or Clear
	Username secret.Value // none: nobody signs in
	Password secret.Value
	From     string           // address of who sends, with or without a name
	Redactor *secret.Redactor // of who sends, for errors; nil: the password is all there is
	Roots    *x509.CertPool   // nil: the system's
	Timeout  time.Duration    // of one try; 0: 2 min
	Ready    time.Duration    // of that, until it is ready for a letter; 0: 30 s
}
