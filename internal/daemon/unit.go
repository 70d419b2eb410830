package daemon

import (
	"fmt"
	"strings"
)

// Unit is the service as systemd reads it.
func (s Service) Unit() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# Written by `runner service install`; change it by `systemctl edit %s`, not here.", s.Name)
	line("[Unit]\nDescription=%s", description)
	if !s.PerUser {
		line("Wants=network-online.target\nAfter=network-online.target time-sync.target")
	}
	line("\n[Service]\nType=exec")
	if s.User != "" && !s.PerUser {
		line("User=%s", percent(s.User))
	}
	line("WorkingDirectory=%s", percent(s.Dir))
	line("ExecStart=%s", s.command())
	line("ExecReload=/bin/kill -HUP $MAINPID")
	line("Restart=on-failure\nRestartSec=5s")
	line("# Wrong usage, a newer runner's ledger and an invalid job file don't get better by themselves.\nRestartPreventExitStatus=2 3")
	line("TimeoutStopSec=%ds", s.stopSeconds())
	line("NoNewPrivileges=yes\n# A core dump would hold tokens.\nLimitCORE=0")
	target := "multi-user.target"
	if s.PerUser {
		target = "default.target"
	}
	line("\n[Install]\nWantedBy=%s", target)
	return b.String()
}

// command is the command line in systemd's quotes.
func (s Service) command() string {
	words := []string{strings.ReplaceAll(quoted(s.Program), "$$", "$")} // a program's name has no variables
	for _, arg := range s.Args {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

// quoted is a word that systemd reads as it is: no specifier, variable or escape.
func quoted(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$", "\t", `\t`).Replace(word)
	return `"` + word + `"`
}

// percent keeps systemd from reading a specifier where there are no quotes.
func percent(text string) string { return strings.ReplaceAll(text, "%", "%%") }
