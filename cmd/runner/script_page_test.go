package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// passing is what is another each time: the time in a run's id, a cursor, a token.
var passing = regexp.MustCompile(`\d{8}T\d{6}[0-9.]*Z|\b[A-Za-z0-9+/_-]{40,}`)

// example is a line that a page has people type, and what it says they get.
type example struct{ typed, got string }

// examplesOf gives what stands behind "$ " in a page's blocks of a console.
func examplesOf(page string) []example {
	var all []example
	for i, block := range strings.Split(page, "```") {
		lines := strings.Split(block, "\n")
		if i%2 == 0 || lines[0] != "console" {
			continue
		}
		for _, line := range lines[1 : len(lines)-1] {
			if typed, is := strings.CutPrefix(line, "$ "); is {
				all = append(all, example{typed: typed})
			} else {
				all[len(all)-1].got += line + "\n"
			}
		}
	}
	return all
}

// settings PAGE: what a page's first lines set is set in the script, too.
func takeSettings(ts *testscript.TestScript, _ bool, args []string) {
	for _, one := range examplesOf(ts.ReadFile(args[0])) {
		if strings.Contains(one.typed, "curl") {
			return
		}
		out, err := shell(ts, "set -a\n"+one.typed+"\nenv")
		if err != nil {
			ts.Fatalf("%s: %v", one.typed, err)
		}
		for line := range strings.Lines(out) {
			name, value, is := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			if is && strings.Contains(one.typed, name+"=") {
				ts.Setenv(name, strings.ReplaceAll(value, ":8080", ":"+ts.Getenv("PORT")))
			}
		}
	}
}

// follow PAGE: types what a page says, each line once, and holds what comes against
// what stands below it. A value that is another each time is the new one from there on.
func followPage(ts *testscript.TestScript, _ bool, args []string) {
	all := examplesOf(ts.ReadFile(args[0]))
	var now []string // pairs for a replacer
	count := 0
	for _, one := range all {
		if !strings.Contains(one.typed, "curl") {
			continue
		}
		count++
		typed := strings.NewReplacer(now...).Replace(one.typed)
		out, err := shell(ts, typed)
		ts.Logf("$ %s\n%s", typed, out)
		out = strings.ReplaceAll(out, "\r", "")
		switch {
		case err != nil || out == "":
			ts.Fatalf("%s: %v", typed, err)
		case one.got == "" && regexp.MustCompile(`"status":[45]\d\d`).MatchString(out):
			ts.Fatalf("%s is refused", typed)
		case one.got != "" && blurred(out) != blurred(one.got):
			ts.Fatalf("%s: the page says\n%s", typed, one.got)
		}
		before, after := passing.FindAllString(one.got, -1), passing.FindAllString(out, -1)
		for i := range before {
			now = append(now, before[i], after[i])
		}
	}
	if count < 5 {
		ts.Fatalf("%s has %d lines to type", args[0], count)
	}
}

// blurred leaves out what is another each time.
func blurred(text string) string { return strings.TrimSpace(passing.ReplaceAllString(text, "…")) }

// shell runs a line in the script's folder and environment.
func shell(ts *testscript.TestScript, line string) (string, error) {
	command := exec.Command("sh", "-c", line)
	command.Dir, command.Env = ts.MkAbs("."), os.Environ()
	for _, name := range []string{"RUNNER_WEB_TOKEN", "auth", "api"} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	out, err := command.Output()
	return string(out), err
}
