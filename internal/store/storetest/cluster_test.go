package storetest_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"speckle-runner/internal/store/storetest"
)

// A server that was killed comes back with what it had, also when somebody had its port meanwhile.
func TestAClusterComesBack(t *testing.T) {
	t.Parallel()
	c, err := storetest.NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	dsn, err := c.Create(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err == nil {
		t.Error("it started on a port that somebody else has")
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal("what it had is gone: ", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
