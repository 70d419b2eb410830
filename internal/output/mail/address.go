package mail

import (
	"errors"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// parsed reads an address, which may have a name before it, and gives it as every server
// takes it: its domain in ASCII. What stands before the @ is the receiver's own, and stays.
func parsed(text string) (*netmail.Address, error) {
	address, err := netmail.ParseAddress(text)
	if err != nil || ascii(address.Address) {
		return address, err
	}
	at := strings.LastIndexByte(address.Address, '@')
	domain, err := idna.Lookup.ToASCII(address.Address[at+1:])
	address.Address = address.Address[:at+1] + domain
	return address, err
}

// inASCII gives the text of an address with its domain in ASCII. One that needs nothing, or
// is none, stays as it is written.
func inASCII(text string) string {
	address, err := parsed(text)
	if err != nil || ascii(text) {
		return text
	}
	return address.String()
}

// named gives the receivers that a letter's head can name: to a server that knows ASCII
// alone, others' addresses in other letters can't be sent.
func named(all []string, to string) []string {
	var list []string
	for _, one := range all {
		address, err := parsed(one)
		if err != nil || ascii(address.Address) || !ascii(to) {
			list = append(list, inASCII(one))
		}
	}
	return list
}

// parcel is a letter in its envelope.
type parcel struct {
	from, to string
	message  *gomail.Msg
}

// errNotASCII is an address that this server can't be told.
var errNotASCII = errors.New("what stands before the @ isn't ASCII, and the server, like most, doesn't take such addresses (it offers no " +
	"SMTPUTF8): give an address in ASCII")

// takes says why a server can't be told the addresses of a letter's envelope.
func (s *Server) takes(server *line, p parcel) error {
	step := "receiver " + p.to
	if !ascii(p.from) {
		step = "sender " + p.from
	}
	if offered, _ := server.Extension("SMTPUTF8"); offered || ascii(p.from) && ascii(p.to) {
		return nil
	}
	return &Error{Host: s.Host, Step: step, Final: true, Err: errNotASCII}
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
