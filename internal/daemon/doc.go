// Package daemon makes `runner serve` a service of the operating system: a Windows
// service, a systemd unit or a launchd job. It writes what describes the service,
// asks the system's manager to start and stop it, and answers that manager.
//
// It never runs a job, never reads the job file, and never writes a secret: what
// describes a service can be read by everybody on the machine.
package daemon
