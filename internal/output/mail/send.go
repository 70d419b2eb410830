package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/said"
)

// defaultTimeout is for a whole letter, which may have large files.
const defaultTimeout = 2 * time.Minute

// Send makes one try to hand over a letter for one receiver. Every error is an
// *Error. Without one the server has taken it: what goes wrong behind its yes is
// of no matter, so that no letter is sent twice.
func (s *Server) Send(ctx context.Context, id, to string, l Letter) error {
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it took longer than %s", timeout))
	defer cancel()
	if id == "" {
		return s.wrong(errors.New("the message has no id"))
	}
	sender, err := parsed(s.From)
	if err != nil {
		return s.wrong(errors.New("from isn't an address: " + said.Line(s.From, maxSubject)))
	}
	receiver, err := parsed(to)
	if err != nil {
		return s.wrong(errors.New("the receiver isn't an address: " + said.Line(to, maxSubject)))
	}
	l.To = named(l.To, receiver.Address)
	message, err := l.message(id, inASCII(s.From), time.Now())
	if err != nil {
		return s.wrong(err)
	}
	server, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer server.hangUp()
	return s.hand(ctx, server, parcel{sender.Address, receiver.Address, message})
}

// hand gives a letter to a server that is ready for it.
func (s *Server) hand(ctx context.Context, server *line, p parcel) error {
	if err := s.takes(server, p); err != nil {
		return err
	}
	server.SkipSMTPUTF8(ascii(p.from) && ascii(p.to)) // not every server behind this one knows it
	if err := server.Mail("<" + p.from + ">"); err != nil {
		return s.failed(ctx, "sender "+p.from, err)
	}
	if err := server.Rcpt("<" + p.to + ">"); err != nil {
		return s.failed(ctx, "receiver "+p.to, err)
	}
	body, err := server.Data()
	if err != nil {
		return s.failed(ctx, "message", err)
	}
	// What breaks off here is never closed: the server would take half a letter.
	if _, err := p.message.WriteTo(body); err != nil {
		return s.failed(ctx, "message", err)
	}
	if err := body.Close(); err != nil {
		return s.failed(ctx, "message", err)
	}
	server.goodbye()
	return nil
}
