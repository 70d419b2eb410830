package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"speckle-runner/internal/output/mail/mailtest"
	"speckle-runner/internal/speckle/fake"
)

// TestMain lets the test binary play the command in scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"runner": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			code := execute(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr})
			stop()
			os.Exit(code)
		},
		"keeper": keeper,
	})
}

// polls bounds what scripts wait for, looking each 5 or 10 ms: minutes, as a machine may be busy with others,
// and whoever waits in vain fails all the same.
const polls = 24_000

// TestScripts drives the command as a user does. Each script has a server of
// its own at $SERVER, tokens in TOKEN_…, and a webhook receiver at $HOOK.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUpScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"fault":       fault,
			"requests":    countRequests,
			"arrived":     awaitRequest,
			"messages":    printMessages,
			"arrivedhook": awaitMessage,
			"answer":      answerMessages,
			"answerat":    answerAt,
			"secret":      neverPrinted,
			"template":    fillIn,
			"freeport":    freePort,
			"logged":      awaitLog,
			"ready":       awaitReady,
			"http":        askHTTP,
			"runid":       firstRun,
			"hangup":      hangUp,
			"babbler":     serveBabbler,
			"writetoken":  writeToken,
			"objects":     listObjects,
			"object":      readObject,
			"putobject":   putObject,
			"rmobject":    removeObject,
			"storage":     breakStorage,
			"token":       issueToken,
			"asked":       sawQuery,
			"awaitasked":  awaitQuery,
			"revoke":      revokeToken,
			"age":         ageLedger,
			"spoil":       spoilLedger,
			"tls":         serveTLS,
			"models":      moveModels,
			"batches":     takeBatches,
			"entries":     countEntries,
			"parquet":     parquetOf,
			"sameschema":  sameSchema,
			"publish":     publishVersion,
			"appears":     awaitFile,
			"publishat":   publishAt,
			"remessage":   editMessage,
			"migrate":     migrateVersion,
			"files":       breakFiles,
			"signatures":  noSignature,
			"noscratch":   noScratch,
			"collector":   serveCollector,
			"spans":       listSpans,
			"awaitspans":  awaitSpans,
			"traceof":     traceOf,
			"mailserver":  serveMail,
			"mails":       printMails,
			"settings":    takeSettings,
			"follow":      followPage,
		},
	})
}

// world is what a script has around it.
type world struct {
	server *fake.Server
	mu     sync.Mutex
	got    []string
	status []int // answers of the receiver, the last for ever
	at     map[string]placed

	collector *collector // of traces; nil until a script asks for one
	mail      *mailtest.Server
}

// placed is what the receiver answers at one path.
type placed struct {
	status     int
	kind, text string
}

func setUpScript(env *testscript.Env) error {
	w := &world{status: []int{http.StatusNoContent}}
	tokens := map[string]fake.Token{
		"TOKEN_READ":    fake.NewToken("read", "streams:read"),
		"TOKEN_PROFILE": fake.NewToken("profile", "profile:read"),
		"TOKEN_ALL":     fake.NewToken("all", fake.AllScopes...),
		"TOKEN_OTHER":   {Token: fake.NewToken("other", "streams:read").Token, Scopes: []string{"streams:read"}, User: fake.StrangerID},
	}
	var err error
	if w.server, err = fake.Start(fake.Options{}); err != nil {
		return err
	}
	for name, token := range tokens {
		w.server.AddTokens(token)
		env.Setenv(name, token.Token)
	}
	env.Setenv("TOKEN_UNKNOWN", fake.NewToken("unknown to the server").Token)
	hook := httptest.NewServer(http.HandlerFunc(w.receive))
	env.Defer(hook.Close)
	env.Defer(func() { w.server.Close() })
	env.Setenv("SERVER", w.server.URL)
	env.Setenv("RUNNER_PREFLIGHT", "false") // requests are counted
	pages, err := filepath.Abs("../../docs")
	if err != nil {
		return err
	}
	env.Setenv("PAGES", pages)
	env.Setenv("HOOK", hook.URL)
	env.Setenv("RECEIVER", hook.Listener.Addr().String())
	env.Setenv("TOWER", fake.TowerID)
	env.Setenv("HIDDEN", fake.HiddenID)
	env.Setenv("HOUSE", fake.HouseID)
	env.Values["world"] = w
	setUpStorage(env)
	return nil
}

func (w *world) receive(answer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, fmt.Sprintf("%s %s %s", request.Method, request.URL.Path, body))
	if one, known := w.at[request.URL.Path]; known {
		answer.Header().Set("Content-Type", one.kind)
		answer.WriteHeader(one.status)
		_, _ = io.WriteString(answer, one.text)
		return
	}
	status := w.status[0]
	if len(w.status) > 1 {
		w.status = w.status[1:]
	}
	answer.WriteHeader(status)
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// exits CODE COMMAND…: runs a command that must end with exactly this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		text := err.Error()
		got, err = strconv.Atoi(text[strings.LastIndexByte(text, ' ')+1:])
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// fault KIND [page=N] [status=N] [times=N] [rows=N] [to=URL] [wait=DURATION], or fault none.
func fault(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "none" {
		worldOf(ts).server.SetFaults()
		return
	}
	f := fake.Fault{Kind: fake.Kind(strings.ReplaceAll(args[0], "-", " "))}
	for _, arg := range args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "page":
			f.Page = n
		case "status":
			f.Status = n
		case "times":
			f.Times = n
		case "rows":
			f.Rows = n
		case "after":
			f.After = n
		case "to":
			f.To = value
		case "wait":
			var err error
			f.Wait, err = time.ParseDuration(value)
			ts.Check(err)
		default:
			ts.Fatalf("fault: unknown %s", key)
		}
	}
	worldOf(ts).server.SetFaults(f)
}

// models add NAME, models touch N, models remove N: changes the models of the tower,
// of which the newest is 1.
func moveModels(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: models add NAME, or models touch|remove N")
	}
	server := worldOf(ts).server
	if args[0] == "add" {
		server.AddModel(fake.TowerID, args[1])
		return
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	id := server.Models(fake.TowerID)[n-1]
	switch args[0] {
	case "touch":
		server.TouchModel(fake.TowerID, id)
	case "remove":
		server.RemoveModel(fake.TowerID, id)
	default:
		ts.Fatalf("models: unknown %s", args[0])
	}
}

// requests N: the server has seen so many since the last time.
func countRequests(ts *testscript.TestScript, neg bool, args []string) {
	got := worldOf(ts).server.Count()
	worldOf(ts).server.Forget()
	if want, err := strconv.Atoi(args[0]); err != nil || (got == want) == neg {
		ts.Fatalf("the server has seen %d requests", got)
	}
}

// arrived [N]: waits for a request, or for so many: another process sends them.
func awaitRequest(ts *testscript.TestScript, _ bool, args []string) {
	want := 1
	if len(args) > 0 {
		var err error
		want, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		if worldOf(ts).server.Count() >= want {
			return
		}
		<-poll.C
	}
	ts.Fatalf("no request arrived")
}

// arrivedhook PATH: waits for a message that nobody waits for to be sent.
func awaitMessage(ts *testscript.TestScript, _ bool, args []string) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	w := worldOf(ts)
	for range polls {
		w.mu.Lock()
		found := slices.ContainsFunc(w.got, func(m string) bool { return strings.HasPrefix(m, "POST "+args[0]+" ") })
		w.mu.Unlock()
		if found {
			return
		}
		<-poll.C
	}
	ts.Fatalf("nothing came to %s", args[0])
}

// messages FILE: writes what the receiver got since the last time.
func printMessages(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(w.got, "\n")+"\n"), 0o600))
	w.got = nil
}

// answer STATUS…: what the receiver answers from now on.
func answerMessages(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = nil
	for _, arg := range args {
		n, err := strconv.Atoi(arg)
		ts.Check(err)
		w.status = append(w.status, n)
	}
}

// answerat PATH STATUS [TEXT [TYPE]]: what the receiver answers at one path;
// answerat none forgets them all.
func answerAt(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.mu.Lock()
	defer w.mu.Unlock()
	if args[0] == "none" {
		w.at = nil
		return
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	one := placed{status: status, kind: "text/plain"}
	if len(args) > 2 {
		one.text = args[2]
	}
	if len(args) > 3 {
		one.kind = args[3]
	}
	if w.at == nil {
		w.at = map[string]placed{}
	}
	w.at[args[0]] = one
}

// secret FILE…: none of the files, stdout and stderr included, holds a token.
func neverPrinted(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		for _, variable := range []string{"TOKEN_READ", "TOKEN_PROFILE", "TOKEN_ALL", "TOKEN_OTHER", "TOKEN_UNKNOWN", "TOKEN_SOON",
			"TOKEN_SELF"} {
			if token := ts.Getenv(variable); token != "" && strings.Contains(text, token) {
				ts.Fatalf("%s holds the token of %s", name, variable)
			}
		}
	}
}

// template FILE…: replaces $SERVER, $HOOK and ids in files of the script.
func fillIn(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := strings.NewReplacer("$SERVER", ts.Getenv("SERVER"), "$SECURE", ts.Getenv("SECURE"), "$BABBLER", ts.Getenv("BABBLER"), "$HOOK",
			ts.Getenv("HOOK"),
			"$PORT", ts.Getenv("PORT"), "$SMTP_PORT", ts.Getenv("SMTP_PORT"),
			"$TOWER", ts.Getenv("TOWER"), "$HIDDEN", ts.Getenv("HIDDEN"), "$HOUSE", ts.Getenv("HOUSE"),
			"$STORAGE", ts.Getenv("STORAGE"), "$SETTINGS", ts.Getenv("SETTINGS"), "$TOKEN_READ", ts.Getenv("TOKEN_READ")).Replace(ts.ReadFile(name))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// freeport NAME: sets a variable to a port that nobody else takes until a serve does: below
// those that systems give out by themselves, as 32768 and up, and each one once.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	for {
		port := fmt.Sprint(ports.Add(1))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		ts.Check(listener.Close())
		ts.Setenv(args[0], port)
		return
	}
}

// ports is the one that was given last; another process of these tests begins elsewhere.
var ports = func() *atomic.Int64 {
	var last atomic.Int64
	last.Store(20_000 + int64(os.Getpid()%100)*100)
	return &last
}()

// logged FILE TEXT: waits until another process has written a text.
func awaitLog(ts *testscript.TestScript, _ bool, args []string) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(text), args[1]) {
			return
		}
		<-poll.C
	}
	ts.Fatalf("%s never said %q:\n%s", args[0], args[1], ts.ReadFile(args[0]))
}

// ready URL: waits until a serve answers there that it is ready.
func awaitReady(ts *testscript.TestScript, _ bool, args []string) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for range polls {
		if answer, err := http.Get(args[0]); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		<-poll.C
	}
	ts.Fatalf("%s never was ready", args[0])
}

// http METHOD URL STATUS [FILE]: asks, and keeps the answer in a file.
func askHTTP(ts *testscript.TestScript, _ bool, args []string) {
	request, err := http.NewRequest(args[0], args[1], nil)
	ts.Check(err)
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if fmt.Sprint(response.StatusCode) != args[2] {
		ts.Fatalf("HTTP %d, want %s: %s", response.StatusCode, args[2], body)
	}
	if len(args) > 3 {
		ts.Check(os.WriteFile(ts.MkAbs(args[3]), body, 0o600))
	}
}

// runid FILE NAME: the first run of a JSON list, in a variable.
func firstRun(ts *testscript.TestScript, _ bool, args []string) {
	var runs []struct{ Run string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &runs))
	if len(runs) == 0 {
		ts.Fatalf("%s holds no run", args[0])
	}
	ts.Setenv(args[1], runs[0].Run)
}

// hangup FILE: sends SIGHUP to the process whose number the file holds.
func hangUp(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	process, err := os.FindProcess(pid)
	ts.Check(err)
	ts.Check(process.Signal(syscall.SIGHUP))
}
