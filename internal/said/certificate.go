package said

import (
	"crypto/x509"
	"errors"
)

// OwnAuthority is what to do about a certificate whose authority this machine doesn't know.
const OwnAuthority = "if the authority is your own, name its PEM file in SSL_CERT_FILE " +
	"(on macOS and Windows: add it to the system's certificates)"

// UnknownAuthority gives that, behind a semicolon, where an error is of such a certificate;
// "" else.
func UnknownAuthority(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "; " + OwnAuthority
	}
	return ""
}
