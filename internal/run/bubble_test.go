package run_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/output"
	"speckle-runner/internal/speckle/fake"
)

// inBubble gives a rig whose server is behind pipes, and whose time passes only
// while everybody waits: what takes minutes of retries takes none of a test's.
func inBubble(t *testing.T, do func(b *rig)) {
	t.Helper()
	inBubbleWith(t, fake.Bulk{}, do)
}

// inBubbleWith has so much in the project of many things, too.
func inBubbleWith(t *testing.T, bulk fake.Bulk, do func(b *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		token := fake.NewToken("bench", fake.AllScopes...)
		t.Setenv("BENCH_TOKEN", token.Token)
		b := &rig{t: t, dir: t.TempDir(), server: fake.New(fake.Options{Tokens: []fake.Token{token}, Now: today, Bulk: bulk})}
		b.server.URL = "http://localhost:3000"
		b.over = func(server http.Handler) http.Handler { return server }
		var err error
		if b.out, err = output.OpenDir(b.dir); err != nil {
			t.Fatal(err)
		}
		var served sync.WaitGroup
		b.dial = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			served.Go(func() { _ = http.Serve(&oneConn{c: theirs}, b.over(b.server)) })
			return ours, nil
		}
		do(b)
		if err := b.server.Close(); err != nil {
			t.Error(err)
		}
		if err := b.out.Close(); err != nil {
			t.Error(err)
		}
		served.Wait()
	})
}

// oneConn is a listener with one connection.
type oneConn struct {
	c    net.Conn
	used bool
}

func (o *oneConn) Accept() (net.Conn, error) {
	if o.used {
		return nil, net.ErrClosed
	}
	o.used = true
	return o.c, nil
}
func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return o.c.LocalAddr() }
