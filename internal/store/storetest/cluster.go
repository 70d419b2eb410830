package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const superuser = "runner"

// Cluster is a running PostgreSQL of the test's own.
type Cluster struct {
	dir    string
	bin    string
	port   int
	ran    bool           // clients know the port
	alive  io.WriteCloser // closed, also by our death: the server is stopped
	gone   chan struct{}  // closed when the server has ended
	output *os.File

	settings []string // NAME=VALUE
}

// NewCluster makes a cluster in a temporary folder and starts it, with settings
// (NAME=VALUE) beside its own.
func NewCluster(settings ...string) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "runner-pg-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin, settings: settings}
	if err := c.create(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

func (c *Cluster) create() error {
	if err := handOver(c.dir); err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(c.bin, "initdb"), "-D", c.data(), "-U", superuser, "-A", "trust", "-N", "-E", "UTF8", "--locale=C",
		"--no-instructions")
	initdb.Dir = c.dir
	unprivileged(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c.Start()
}

// Dir is the folder that all of it lies in.
func (c *Cluster) Dir() string { return c.dir }

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Start starts the server, also after Kill, on the same port.
func (c *Cluster) Start() error {
	var err error
	for range 5 { // a port may be taken between our look and the server's
		if !c.ran {
			if c.port, err = freePort(); err != nil {
				return err
			}
		}
		err = c.start()
		if err == nil {
			c.ran = true
			return nil
		}
	}
	log, _ := os.ReadFile(c.logPath())
	return fmt.Errorf("start PostgreSQL: %w\n%s", err, log)
}

func (c *Cluster) logPath() string { return filepath.Join(c.dir, "log") }

func (c *Cluster) start() error {
	args := []string{"-D", c.data(), "-p", strconv.Itoa(c.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200",
		"-c", "shared_buffers=32MB", "-c", "autovacuum_naptime=10s"}
	for _, setting := range c.settings {
		args = append(args, "-c", setting)
	}
	server := watched(filepath.Join(c.bin, "postgres"), args...)
	server.Dir = c.dir
	unprivileged(server)
	output, err := os.OpenFile(c.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	server.Stdout, server.Stderr = output, output
	alive, err := server.StdinPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	c.alive, c.output, c.gone = alive, output, gone
	go func() {
		_ = server.Wait()
		close(gone)
	}()
	if err := c.await(gone); err != nil {
		c.reap() // its files stay: a server that was killed has the ledger in them
		return err
	}
	return nil
}

// patient bounds what is waited for of a server that begins: one that was killed reads its
// log first, on a machine that may be busy with others.
const patient = 2 * time.Minute

// await waits for the server to take connections. Where its port is somebody else's, it ends by
// itself, and whom we talk to meanwhile may never answer.
func (c *Cluster) await(gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.DSN("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// Kill ends the server and all its processes as a power cut would, without a
// word to its clients.
func (c *Cluster) Kill() error {
	master, err := c.pid()
	if err != nil {
		return err
	}
	for _, pid := range processes(master) {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // it may have ended by itself
		}
	}
	c.reap()
	return nil
}

func (c *Cluster) pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(strings.TrimSpace(line))
}

func (c *Cluster) reap() {
	_ = c.alive.Close()
	<-c.gone
	_ = c.output.Close()
}

// Stop ends the server and removes its files.
func (c *Cluster) Stop() {
	if c.gone != nil {
		c.reap()
	}
	_ = os.RemoveAll(c.dir)
}

// binaries finds the newest installed server.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "postgres")); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is a constant
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) == 0 {
		return "", errors.New("these tests need PostgreSQL's own binaries (initdb, postgres): `apt-get install postgresql`, `dnf install " +
			"postgresql-server` or `brew install postgresql`")
	}
	return filepath.Dir(found[0]), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// freePort gives one that the system doesn't hand out by itself: while a server that was killed is
// away, nobody else's connection may come to have its port.
func freePort() (int, error) {
	var taken error
	for range 100 {
		port := 15_000 + rand.IntN(15_000)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
		taken = err
	}
	return 0, taken
}

// Create makes an empty database and gives its address.
func (c *Cluster) Create(ctx context.Context, name string) (string, error) {
	return c.copyOf(ctx, "template1", name)
}

// copyOf makes a database with what is in another one, which nobody may use meanwhile.
func (c *Cluster) copyOf(ctx context.Context, from, name string) (string, error) {
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{from}.Sanitize())
	return c.DSN(name), err
}

// left waits until nobody uses a database any more: a session ends a while after its client has gone.
func (c *Cluster) left(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for sessions := 1; ; {
		err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&sessions)
		if err != nil || sessions == 0 {
			return err
		}
		<-ticker.C
	}
}

// DSN is the address of a database of the cluster.
func (c *Cluster) DSN(name string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: fmt.Sprintf("127.0.0.1:%d", c.port), Path: name}
	return strings.TrimSuffix(u.String(), "/") + "?sslmode=disable"
}
