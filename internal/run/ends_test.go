package run_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle/fake"
)

// tower is a job over the models of a project, before its outputs.
const tower = `    query: |
      query Models($id: String!, $limit: Int!, $cursor: String) {
        project(id: $id) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name } } }
      }
    variables: { id: $TOWER, limit: 50 }
`

// toFile is the one output of most jobs here.
const toFile = "    outputs: [{ file: out.ndjson }]\n"

// end is how an attempt ends.
type end struct {
	state          run.State
	final, passing bool
	after          time.Duration
	cause          string
	says           string // in the error
}

func (b *rig) ended(result *run.Result, want end) {
	b.t.Helper()
	got := end{result.State, result.Final, result.Passing, result.After, result.Cause, want.says}
	if got != want || !strings.Contains(result.Error, want.says) || (result.Err == nil) != (result.Error == "") {
		b.t.Errorf("%+v: %s\nwant %+v", got, result.Error, want)
	}
	if result.State != run.Succeeded && (result.Owed != nil || result.Marks != nil || result.Known != nil || len(result.Files) > 0) {
		b.t.Errorf("it goes on from a failure: %+v", result)
	}
	if result.FinishedAt.Before(result.StartedAt) {
		b.t.Errorf("from %s to %s", result.StartedAt, result.FinishedAt)
	}
}

// TestWhatAServerDoesEndsAnAttempt: every trouble of a server has its own end,
// which says whether another attempt is worth it.
func TestWhatAServerDoesEndsAnAttempt(t *testing.T) {
	final, again := true, false
	for name, c := range map[string]struct {
		fault fake.Fault
		keys  string
		want  end
	}{
		"the token is refused": {fault: fake.Fault{Kind: fake.TokenRefused},
			want: end{run.Failed, final, false, 0, "token refused", "the server refuses the token"}},
		"too many requests": {fault: fake.Fault{Kind: fake.RateLimited, Wait: 40 * time.Second},
			want: end{run.Failed, again, true, 40 * time.Second, "rate limited",
				"the server is rate limiting this token (it asks to wait for 40s)"}},
		"too many, no time said": {fault: fake.Fault{Kind: fake.RateLimitedInside},
			want: end{run.Failed, again, true, 0, "rate limited", ""}},
		"a proxy's page": {fault: fake.Fault{Kind: fake.HTMLStatus, Status: 503},
			want: end{run.Failed, again, true, 0, "server fault", "HTTP 503"}},
		"a login portal": {fault: fake.Fault{Kind: fake.HTMLPage},
			want: end{run.Failed, final, false, 0, "not speckle", "a web page"}},
		"no authentication": {fault: fake.Fault{Kind: fake.AuthContext},
			want: end{run.Failed, again, true, 0, "server fault", "Unknown Auth context error"}},
		"elsewhere": {fault: fake.Fault{Kind: fake.Redirect, To: "https://elsewhere.example.com/graphql"},
			want: end{run.Failed, final, false, 0, "redirected", "the server redirects (HTTP 307); a token is never sent after a redirect (write " +
				"the address that it redirects to as server: it leads to https://elsewhere.example.com)"}},
		"elsewhere, with more in it": {fault: fake.Fault{Kind: fake.Redirect, To: "https://me:hidden@elsewhere.example.com/x?t=hidden#hidden"},
			want: end{run.Failed, final, false, 0, "redirected", "it leads to https://elsewhere.example.com)"}},
		"nowhere": {fault: fake.Fault{Kind: fake.Redirect, To: "mailto:hidden"},
			want: end{run.Failed, final, false, 0, "redirected", "the address that it redirects to as server)"}},
		"the connection breaks": {fault: fake.Fault{Kind: fake.Reset},
			want: end{run.Failed, again, true, 0, "network", "reach http://localhost:3000"}},
		"it breaks in the middle": {fault: fake.Fault{Kind: fake.CutBody, Page: 2},
			want: end{run.Failed, again, true, 0, "network", ""}},
		"its own fault": {fault: fake.Fault{Kind: fake.InternalError},
			want: end{run.Failed, again, true, 0, "server fault", ""}},
		"nothing": {fault: fake.Fault{Kind: fake.DataNull},
			want: end{run.Failed, again, false, 0, "bad answer", ""}},
		"no list": {fault: fake.Fault{Kind: fake.NullItems},
			want: end{run.Failed, again, false, 0, "bad answer", ""}},
		"errors beside data": {fault: fake.Fault{Kind: fake.ErrorsBeside},
			want: end{run.Failed, again, true, 0, "server fault", "the answer is partial: project: "}},
		"half of the JSON": {fault: fake.Fault{Kind: fake.ShortBody},
			want: end{run.Failed, again, true, 0, "bad answer", ""}},
		"a cursor again": {fault: fake.Fault{Kind: fake.RepeatCursor},
			want: end{run.Failed, again, false, 0, "paging", "cursor"}},
		"records are missing": {fault: fake.Fault{Kind: fake.WrongTotal, Rows: 200},
			want: end{run.Failed, again, false, 0, "short", "collected 140 of 200 models"}},
		"too much": {keys: "    max_bytes: 1KiB\n",
			want: end{run.Failed, final, false, 0, "over budget", "max_bytes"}},
		"never an answer": {fault: fake.Fault{Kind: fake.Hang}, keys: "    timeout: 90s\n",
			want: end{run.Failed, again, false, 0, "timeout", "the job's timeout of 1m30s is over: nothing was read yet"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				b.put("out.ndjson", "yesterday's")
				if c.fault.Kind != "" {
					b.server.SetFaults(c.fault)
				}
				b.ended(b.attempt(b.job(tower+c.keys+toFile), 1), c.want)
				if got := b.read("out.ndjson"); got != "yesterday's" {
					t.Errorf("the file is now %.80q", got)
				}
			})
		})
	}
}

// put writes a file of the output folder.
func (b *rig) put(name, text string) {
	b.t.Helper()
	name = filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// TestWhatAJobSaysEndsAnAttempt holds failures that are made here, of good
// answers.
func TestWhatAJobSaysEndsAnAttempt(t *testing.T) {
	const final = true
	for name, c := range map[string]struct {
		keys   string
		change func(b *rig, r *run.Request)
		want   end
	}{
		"select fails": {keys: tower + `    select: '.name | tonumber'` + "\n" + toFile,
			want: end{run.Failed, final, false, 0, "select", "select, on record 1: "}},
		"select gives without end": {keys: tower + `    select: 'range(1e9)'` + "\n" + toFile,
			want: end{run.Failed, final, false, 0, "select", "it gives more than 1000000 records or 256 MiB for one"}},
		"select makes much of little": {keys: tower + `    select: '{a: ("x" * 100000)}'` + "\n    max_bytes: 1MiB\n" + toFile,
			want: end{run.Failed, final, false, 0, "the records of this run are larger than max_bytes allows (select may", "allows (1MiB)"}},
		"until fails": {keys: tower + `    until: '.name | tonumber > 3'` + "\n" + toFile,
			want: end{run.Failed, final, false, 0, "select", "until, on record 1: "}},
		"body gives nothing": {keys: tower + "    outputs: [{ webhook: \"http://127.0.0.1:9/\", body: empty }]\n",
			want: end{run.Failed, final, false, 0, "message", "output 1: body: the program gave nothing"}},
		"body gives a message a record": {keys: tower + "    outputs: [{ webhook: \"http://127.0.0.1:9/\", body: \".records[] | {id}\" }]\n",
			want: end{run.Failed, final, false, 0, "message", "output 1: body: the program gave more than one value: make a list of them"}},
		"body fails": {keys: tower + "    outputs: [{ file: out.ndjson }, { webhook: \"http://127.0.0.1:9/\", body: \".count | keys\" }]\n",
			want: end{run.Failed, final, false, 0, "message", "output 2: body: "}},
		"a value doesn't fit": {keys: tower + "    outputs: [{ file: out.csv, columns: [id, {name: name, path: name, type: int}] }]\n",
			want: end{run.Failed, final, false, 0, "type", "out.csv: record 1"}},
		"the file is there": {keys: tower + "    outputs: [{ file: there.ndjson, overwrite: false }]\n",
			want: end{run.Failed, final, false, 0, "exists", "the file exists already and overwrite is false: give it a path of its own"}},
		"a text that no cell takes": {keys: tower + "    select: '{id, name: (\"x\" * 32768)}'\n    outputs: [{ file: out.xlsx }]\n",
			want: end{run.Failed, final, false, 0, "type",
				"output 1: out.xlsx: record 1, column name: the text has 32768 characters"}},
		"two items with one path": {keys: strings.Replace((&rig{}).items(`{id: "`+fake.TowerID+`", n: 1}, {id: "`+fake.TowerID+`", n: 1}`),
			"{ file: all.ndjson }, ", "", 1),
			want: end{run.Failed, final, false, 0, "output publish two items of for_each give this path, and put {each.…}", `two items of for_each give this path, {"id":"` + fake.TowerID + `","n":1} and {"id":`}},
		"too few": {keys: tower + "    shrink_limit: 50%\n" + toFile, change: func(_ *rig, r *run.Request) { r.Last.Records = 1000 },
			want: end{run.Failed, final, false, 0, "shrink", "140 records, but the last good run had 1000"}},
		"no such project": {keys: strings.Replace(tower, "$TOWER", "c0ffee0000", 1) + toFile,
			want: end{run.Failed, final, false, 0, "not found", "; asked with $id = c0ffee0000"}},
		"no access": {keys: strings.Replace(tower, "$TOWER", "$HIDDEN", 1) + toFile,
			want: end{run.Failed, final, false, 0, "no access", "; asked with $id = " + fake.HiddenID}},
		"no scopes": {keys: tower + toFile, change: func(b *rig, _ *run.Request) { b.server.AddTokens(fake.NewToken("bench")) },
			want: end{run.Failed, final, false, 0, "scope missing", "; runner scopes one lists all that the job needs"}},
		"the token has ended": {keys: tower + toFile, change: func(b *rig, r *run.Request) {
			b.server.SetFaults(fake.Fault{Kind: fake.TokenRefused})
			r.TokenEnds = func(string) time.Time { return time.Date(1999, 12, 24, 18, 0, 0, 0, time.UTC) }
		}, want: end{run.Failed, final, false, 0, "token refused", "; it expired on 1999-12-24 18:00 UTC"}},
		"no token": {keys: tower + "    token_env: NO_SUCH_TOKEN\n" + toFile,
			want: end{run.Failed, final, false, 0, "secret", "token: missing secret: variable NO_SUCH_TOKEN is not set"}},
		"items that are no objects": {keys: strings.Replace((&rig{}).items("1, 2"), "on_error: skip", "on_error: fail", 1),
			want: end{run.Failed, false, false, 0, "for_each, item it has to be an object whose keys are variables,",
				"item 1 1: it has to be an object"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *rig) {
				b.put("there.ndjson", "theirs")
				result := b.attempt(b.job(c.keys), 1, func(r *run.Request) {
					if c.change != nil {
						c.change(b, r)
					}
				})
				b.ended(result, c.want)
				if _, err := os.Stat(filepath.Join(b.dir, "out.ndjson")); err == nil {
					t.Error("there is a file")
				}
			})
		})
	}
}

// TestATokenFromACommand: a secret manager may have an outage, which passes; what is
// no token stays none. The test binary is the command.
func TestATokenFromACommand(t *testing.T) {
	for name, c := range map[string]struct {
		flags string
		want  end
	}{
		"it fails":         {"-no-such-flag", end{run.Failed, false, true, 0, "secret", "ended with exit code 2: flag provided but not defined"}},
		"it prints no one": {"-test.list=^NoSuchTest$", end{run.Failed, true, false, 0, "secret", "printed nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newRig(t)
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			result := b.attempt(b.job("    token_command: ['"+self+"', "+c.flags+"]\n"+tower+toFile), 1)
			if b.ended(result, c.want); b.server.Count() != 0 || !result.Token.IsZero() {
				t.Errorf("%d requests were sent", b.server.Count())
			}
		})
	}
}
