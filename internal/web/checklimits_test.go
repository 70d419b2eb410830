package web_test

import (
	"context"
	"fmt"
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

// Who leaves while a pasted file is looked at keeps nobody else waiting.
func TestWhoLeavesTheCheckPage(t *testing.T) {
	s := serve(t)
	var file strings.Builder
	file.WriteString("server: http://127.0.0.1:1\njobs:\n")
	for i := range 2000 {
		fmt.Fprintf(&file, "  j%d: {schedule: \"0 %d * * *\", token_env: T, query: \"{ activeUser { id } }\", "+
			"outputs: [{file: %d.csv}]}\n", i, i%24, i)
	}
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 3)
	for range cap(gone) {
		request, err := http.NewRequestWithContext(ctx, "POST", s.url+"/check", nil)
		if err != nil {
			t.Fatal(err)
		}
		browser(request)
		form("file", file.String())(request)
		go func() {
			response, err := http.DefaultClient.Do(request)
			if err == nil {
				_ = response.Body.Close()
			}
			gone <- err
		}()
	}
	leave()
	for range cap(gone) {
		<-gone
	}
	const short = "server: http://127.0.0.1:1\njobs:\n" +
		"  a: {schedule: manual, token_env: T, query: \"{ activeUser { id } }\", outputs: [{file: e.csv}]}\n"
	has(t, page(t, s.ask("POST", "/check", browser, form("file", short)), http.StatusOK), "This job file is good")
}
