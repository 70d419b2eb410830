package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"speckle-runner/internal/speckle/fake"
)

// token VARIABLE SCOPE,SCOPE… [DAYS]: the server takes a new token, which ends
// after so many days and a minute.
func issueToken(ts *testscript.TestScript, _ bool, args []string) {
	token := fake.NewToken(args[0], strings.Split(args[1], ",")...)
	if len(args) > 2 {
		days, err := strconv.Atoi(args[2])
		ts.Check(err)
		token.Expires = time.Now().Add(time.Duration(days)*24*time.Hour + time.Minute)
	}
	worldOf(ts).server.AddTokens(token)
	ts.Setenv(args[0], token.Token)
}

// revoke VARIABLE: the server refuses a token from now on.
func revokeToken(ts *testscript.TestScript, _ bool, args []string) {
	worldOf(ts).server.RevokeToken(ts.Getenv(args[0])[:10])
}

// writetoken FILE TOKEN: puts a token into a file, as secrets are mounted.
func writeToken(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, []byte(args[1]+"\n"), 0o600))
}

// asked TEXT: the server has seen a query that holds a text.
func sawQuery(ts *testscript.TestScript, neg bool, args []string) {
	for _, seen := range worldOf(ts).server.Requests() {
		if strings.Contains(seen.Query, args[0]) {
			if neg {
				ts.Fatalf("the server was asked %s", seen.Query)
			}
			return
		}
	}
	if !neg {
		ts.Fatalf("the server was never asked for %s", args[0])
	}
}

// awaitasked TEXT: waits until the server has seen such a query: another process sends it.
func awaitQuery(ts *testscript.TestScript, _ bool, args []string) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		for _, seen := range worldOf(ts).server.Requests() {
			if strings.Contains(seen.Query, args[0]) {
				return
			}
		}
		<-poll.C
	}
	ts.Fatalf("the server was never asked for %s", args[0])
}
