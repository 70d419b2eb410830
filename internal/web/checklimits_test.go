package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// What is pasted into the Check page must not end the service: a stack that overflows
// can't be caught.
func TestAPastedProgramEndsNothing(t *testing.T) {
	s := serve(t)
	for _, c := range []struct{ program, want string }{
		{strings.Repeat("(", 300_000) + "." + strings.Repeat(")", 300_000), "a program may have 64 KiB"},
		{strings.Repeat("(", 30_000) + "." + strings.Repeat(")", 30_000), "more than 10,000 parts of the program lie in each other"},
	} {
		file := "server: http://127.0.0.1:1\njobs:\n  a:\n    schedule: manual\n    token_env: T\n" +
			"    query: \"{ activeUser { id } }\"\n    select: \"" + c.program + "\"\n    outputs: [{file: e.csv}]\n"
		has(t, page(t, s.ask("POST", "/check", browser, form("file", file)), http.StatusOK), c.want)
	}
}
