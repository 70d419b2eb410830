package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// keeper plays a secret manager, for token_command.
//
//	keeper print FILE       prints what is in a file
//	keeper seen FILE NAMES  likewise, and writes the names of its variables
//	keeper fail TEXT        complains and ends with exit code 2
//	keeper shell            plays a shell that doesn't find its program
//	keeper flood            prints without end, whether anybody reads or not
//	keeper leak FILE        shows each of its steps, as scripts do, and fails
func keeper() {
	args := os.Args[1:]
	text := []byte(nil)
	if args[0] != "fail" && args[0] != "flood" && args[0] != "shell" {
		var err error
		if text, err = os.ReadFile(args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
	}
	switch args[0] {
	case "seen":
		var names strings.Builder
		for _, one := range os.Environ() {
			name, _, _ := strings.Cut(one, "=")
			fmt.Fprintln(&names, name)
		}
		if os.WriteFile(args[2], []byte(names.String()), 0o600) != nil {
			os.Exit(3)
		}
	case "flood":
		signal.Ignore(syscall.SIGPIPE)
		for {
			_, _ = os.Stdout.WriteString(strings.Repeat("not a token\n", 100))
		}
	case "fail":
		fmt.Fprintln(os.Stderr, args[1])
		os.Exit(2)
	case "shell":
		fmt.Fprintln(os.Stderr, "sh: vault: not found")
		os.Exit(127)
	case "leak":
		fmt.Fprintf(os.Stderr, "+ echo %s", text)
		_, _ = os.Stdout.Write(text)
		os.Exit(2)
	}
	_, _ = os.Stdout.Write(text)
}
