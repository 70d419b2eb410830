package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestCommonFlagsWorkOnEveryCommand: one line of flags goes for all commands.
func TestCommonFlagsWorkOnEveryCommand(t *testing.T) {
	var commands []string
	for _, command := range (&settings{}).root().Commands() {
		commands = append(commands, command.Name())
	}
	if len(commands) < 14 {
		t.Fatalf("only %d commands: %v", len(commands), commands)
	}
	for _, name := range commands {
		for _, flag := range []string{"-f", "--file", "--output-dir", "--database", "--env-file", "--log-format", "--log-level"} {
			// what follows is refused once all flags are read, so that no command begins
			args := []string{name, flag, "x", "--log-format", "neither"}
			var out, err bytes.Buffer
			code := execute(t.Context(), args, streams{out: &out, err: &err})
			if code != exitUsage || strings.Contains(err.String(), "unknown") || err.Len() == 0 {
				t.Errorf("runner %s: %d %s", strings.Join(args, " "), code, err.String())
			}
		}
	}
}

// TestCommandsThatPrintDataPrintJSON holds --output where data is printed.
func TestCommandsThatPrintDataPrintJSON(t *testing.T) {
	for _, name := range []string{"validate", "run", "backfill", "next", "scopes", "paths", "runs", "show", "redeliver", "version"} {
		command, _, err := (&settings{}).root().Find([]string{name})
		if err != nil || command.Flags().ShorthandLookup("o") == nil {
			t.Errorf("%s has no -o: %v", name, err)
		}
	}
	eachCommand((&settings{}).root(), func(command *cobra.Command) {
		if f := command.Flags().Lookup("output"); f != nil && f.DefValue != "table" {
			t.Errorf("%s -o is %s by itself", command.Name(), f.DefValue)
		}
	})
}

func eachCommand(command *cobra.Command, visit func(*cobra.Command)) {
	visit(command)
	for _, child := range command.Commands() {
		eachCommand(child, visit)
	}
}
