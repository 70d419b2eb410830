package commandline

import "github.com/spf13/cobra"

// OtherNames lets the root suggest a command to who calls it as other programs, and the
// dashboard, do: check is validate.
func OtherNames(root *cobra.Command) {
	others := map[string][]string{
		"validate":  {"check", "lint", "test", "verify", "config"},
		"serve":     {"start", "daemon", "up", "watch", "schedule", "server", "dashboard", "ui", "web"},
		"run":       {"exec", "execute", "now", "trigger", "export"},
		"runs":      {"list", "ls", "status", "history", "jobs", "ps"},
		"show":      {"log", "logs", "describe", "inspect"},
		"next":      {"due", "calendar", "when"},
		"redeliver": {"retry", "resend"},
		"cancel":    {"stop", "kill", "abort"},
		"paths":     {"properties", "parameters"},
		"init":      {"new", "create"},
		"backfill":  {"catchup", "replay"},
	}
	for _, command := range root.Commands() {
		command.SuggestFor = others[command.Name()]
	}
}
