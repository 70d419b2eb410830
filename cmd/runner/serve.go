package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/build"
	"speckle-runner/internal/commandline"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/proxy"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// serveFlags are the flags of `runner serve`.
type serveFlags struct {
	listen    string
	basePath  string
	parallel  int
	perServer int
	drain     time.Duration
	keep      keepFlags
	preflight bool
	logFile   string
	tlsCert   string
	tlsKey    string
	up        func(address string) // is called with the dashboard's address
}

// add declares the flags: for serve, and for service install.
func (f *serveFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.listen, "listen", defaultListen, "address of dashboard, API and health checks; \"\" for none")
	command.Flags().StringVar(&f.basePath, "base-path", "",
		"`PATH` below which a proxy serves all of it, such as /runner; health and metrics answer without it, too")
	command.Flags().IntVar(&f.parallel, "parallel", 8, "how many runs may go on at the same time")
	command.Flags().IntVar(&f.perServer, "parallel-per-server", 0, "how many of those may ask the same server (0: no other limit)")
	command.Flags().DurationVar(&f.drain, "drain", 30*time.Second, "how long runs may go on after a stop (0: they are interrupted at once)")
	f.keep.add(command)
	command.Flags().BoolVar(&f.preflight, "preflight", true,
		"ask the servers in the background whether the jobs' tokens are good, and for how long")
	command.Flags().StringVar(&f.logFile, "log-file", "", "write the log to `FILE` instead: up to 10 MB, and five older ones beside it")
	command.Flags().StringVar(&f.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `FILE` (PEM, with its chain); needs --tls-key")
	command.Flags().StringVar(&f.tlsKey, "tls-key", "", "the certificate's key is in `FILE` (PEM, without a password)")
}

// base reads --base-path, and checks --listen.
func (f *serveFlags) base() (web.BasePath, error) {
	if err := web.CheckAddress(f.listen); err != nil {
		return "", usagef("--listen %q: %w", f.listen, err)
	}
	base, err := web.ParseBasePath(f.basePath)
	switch {
	case err != nil:
		return "", usagef("--base-path %q: %w", f.basePath, err)
	case base != "" && f.listen == "":
		return "", usagef("--base-path has nothing to serve: --listen is empty")
	}
	return base, nil
}

// checkTLS refuses one of the two TLS flags without the other.
func (f *serveFlags) checkTLS() error {
	switch {
	case f.tlsCert == "" && f.tlsKey == "":
		return nil
	case f.tlsKey == "":
		return usagef("--tls-cert needs the certificate's key: add --tls-key")
	case f.tlsCert == "":
		return usagef("--tls-key needs the certificate that it is of: add --tls-cert")
	case f.listen == "":
		return usagef("--tls-cert has nothing to serve: --listen is empty")
	}
	return nil
}

// certificate reads what HTTPS is served with, nil for HTTP.
func (f *serveFlags) certificate() (*web.Certificate, error) {
	if err := f.checkTLS(); err != nil || f.tlsCert == "" {
		return nil, err
	}
	return web.LoadCertificate(f.tlsCert, f.tlsKey)
}

// webReadOnlyVariable says whether changes over HTTP are refused.
const webReadOnlyVariable = "RUNNER_WEB_READONLY"

// webToken reads RUNNER_WEB_TOKEN.
func webToken() (secret.Value, error) {
	token := secret.New(os.Getenv(webTokenVariable))
	if err := web.CheckToken(token); err != nil {
		return secret.Value{}, usagef("%w", err)
	}
	return token, nil
}

func serveCommand(s *settings) *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run every job when it is due, until it is stopped",
		Long: `Run every job when it is due, and serve the dashboard, the API and health checks on --listen.

When the job file changes, and on SIGHUP, it is read again: all of it or nothing.
SIGTERM and SIGINT stop the timers, and runs get the time of --drain to finish. The
rest are interrupted, and run again at the next start. A second signal ends at once.

A run that fails for a reason that may pass is tried again for the job's retry_for
(1h), up to the job's next tick; the log says when. People are told of the last failure.

An SQLite file belongs to one serve. For several nodes, give all of them the same
--database postgres://… and the same job file: each due time then runs once.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			return s.serve(command.Context(), flags)
		},
	}
	flags.add(command)
	return command
}

// defaultListen is in docs/design.md, HTTP.
const defaultListen = "127.0.0.1:8080"

func (s *settings) serve(ctx context.Context, flags serveFlags) error {
	readOnly, err := commandline.Switch(webReadOnlyVariable)
	if err != nil {
		return usageError{err}
	}
	token, err := webToken()
	if err != nil {
		return err
	}
	base, err := flags.base()
	if err != nil {
		return err
	}
	certificate, err := flags.certificate()
	if err != nil {
		return err
	}
	if err := s.logFileApart(flags.logFile, flags.tlsCert, flags.tlsKey); err != nil {
		return err
	}
	logs, closeLog, err := s.serveLog(flags.logFile)
	if err != nil {
		return err
	}
	defer closeLog()
	file, err := s.load()
	if err != nil {
		return err
	}
	s.someRefused = false // serve runs the good files, and shows the refused ones
	if err := checkProxies(); err != nil {
		return err
	}
	log := logs.Logger(logs.Redactor, nil)
	ledger, err := s.openLedger(ctx, store.Options{Log: log, Lock: true})
	if err != nil {
		return err
	}
	defer ledger.Close()
	traces := service.OpenTraces(ctx, logs, thisBuild().Version, ledger.Node())
	defer traces.Close()
	x, err := service.New(service.Options{
		File: file, OutputDir: s.outputDir, Ledger: ledger, Database: s.ledgerName(), Version: thisBuild().Version, Logs: logs,
		Traces: traces,
	})
	if err != nil {
		return err
	}
	defer x.Close()
	for _, text := range []string{service.DisksApart(file, s.ledgerName()), proxy.Unread()} {
		if text != "" {
			log.Warn().Msg(text)
		}
	}
	return x.Run(ctx, service.Serving{
		Up:   flags.up,
		Load: s.reload, Reload: service.Hangups(ctx), Listen: flags.listen, WebToken: token, ReadOnly: readOnly,
		Certificate: certificate, BasePath: base,
		Parallel: flags.parallel, PerServer: flags.perServer, Drain: flags.drain,
		Keep: flags.keep.keep(), Preflight: flags.preflight, NotBefore: build.Made(),
	})
}

// reload reads the job file anew. It gives all problems as one error, for the log.
func (s *settings) reload(inForce *jobs.File) (*jobs.File, error) {
	file, problems := s.read(inForce)
	if file == nil {
		return nil, problems.Errors()
	}
	return file, nil
}
