package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// leakWorld is a server in every kind of trouble and receivers of every kind,
// with a recognisable secret for each thing that can have one.
type leakWorld struct {
	server    *httptest.Server // answers jobs
	other     *httptest.Server // another Speckle server, with a token of its own
	hook      *httptest.Server
	elsewhere *httptest.Server // where redirects point to: must never be asked

	secrets map[string]string // by name
	env     []string
	jobs    map[string]string // job → its keys but the query

	mu       sync.Mutex
	found    []string // leaks that servers saw
	messages map[string]int
	search   *leakSearch
}

// leakWebToken opens the API.
const leakWebToken = "web-token-5b1f/aQ+9<leak>"

// leakHooks are ways in which receivers answer. Those that are tried again
// would hold `run` up for a minute: they are for `serve`.
var leakHooks = map[string]struct{ again bool }{
	"ok": {}, "echo": {}, "echo-coded": {}, "redirect": {}, "bad-address": {}, "bad-header": {},
	"echo-500": {true}, "reset": {true}, "gone": {true},
}

func newLeakWorld(t *testing.T) *leakWorld {
	t.Helper()
	w := &leakWorld{secrets: map[string]string{}, jobs: map[string]string{}, messages: map[string]int{}}
	w.elsewhere = w.start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		w.leaked("a redirect was followed to " +
			r.Host)
	}))
	server, other := fake.New(fake.Options{}), fake.New(fake.Options{})
	w.server = w.start(t, w.watched("server", server))
	w.other = w.start(t, w.watched("other", other))
	w.hook = w.start(t, http.HandlerFunc(w.receive))
	w.set("LEAK_WEB", leakWebToken)
	w.env = append(w.env, "RUNNER_WEB_TOKEN="+leakWebToken)

	var faults []fake.Fault
	job := func(name string) fake.Token {
		token := fake.NewToken("leak "+name, fake.AllScopes...)
		variable := "LEAK_TOKEN_" + strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(name, " ", "_"), "-", "_"))
		w.set(variable, token.Token)
		w.jobs[strings.ReplaceAll(name, " ", "-")] = "token_env: " + variable +
			"\n    outputs: [{ file: \"{job}/{tick}.csv\", latest: \"{job}/latest.csv\", manifest: true }]"
		return token
	}
	for _, kind := range fake.Kinds {
		token := job(string(kind))
		server.AddTokens(token)
		faults = append(faults, fake.Fault{Kind: kind, Token: token.ID(), To: w.elsewhere.URL, Wait: 10 * time.Millisecond})
	}
	server.SetFaults(faults...)
	for _, echo := range []string{"echo graphql", "echo text", "echo html"} {
		job(echo)
	}
	for form := range leakCuts {
		job("cut " + form)
		w.jobs["cut-"+form] += leakItems + "\n    timeout: 2m"
	}
	server.AddTokens(job("good"))
	job("unknown")
	other.AddTokens(job("other"))
	w.jobs["other"] += "\n    server: " + w.other.URL
	for how := range leakHooks {
		server.AddTokens(job("hook " + how))
		w.jobs["hook-"+how] = w.hookJob(how)
	}
	w.setHook("NOTIFY", "ok")
	w.set("LEAK_BEAT_ADDRESS", "b3a7-heartbeat-address-echo")
	w.env = append(w.env, "LEAK_BEAT="+w.hook.URL+"/echo/b3a7-heartbeat-address-echo")
	w.search = newLeakSearch(w.secrets)
	for form, of := range leakCuts {
		w.search.addPieces("half of the token in "+form, of(w.secrets["LEAK_TOKEN_CUT_"+strings.ToUpper(form)]))
	}
	return w
}

func (w *leakWorld) start(t *testing.T, h http.Handler) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// set names a secret that is a variable's whole value.
func (w *leakWorld) set(variable, text string) {
	w.secrets[variable] = text
	w.env = append(w.env, variable+"="+text)
}

func (w *leakWorld) leaked(what ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, what...)
}

// setHook makes the secrets of a receiver: parts of its address, what signs
// its messages, and headers.
func (w *leakWorld) setHook(variable, how string) {
	name := "LEAK_" + variable
	base := w.hook.URL
	if how == "gone" {
		base = "http://127.0.0.1:1"
	}
	w.secrets[name+"_PATH"], w.secrets[name+"_QUERY"] = "T0pS3cretPath-"+variable+"-91f3", "qu3ry+/secret="+variable+"=end"
	address := base + "/" + how + "/" + w.secrets[name+"_PATH"] + "?sig=" + url.QueryEscape(w.secrets[name+"_QUERY"])
	header := "hdr \"9f2c/+" + variable + "&<é>"
	switch how {
	case "bad-address":
		address = "//" + w.secrets[name+"_PATH"] + "?sig=" + w.secrets[name+"_QUERY"]
	case "bad-header":
		header += "\n\x01"
	}
	w.env = append(w.env, name+"_ADDRESS="+address)
	w.set(name+"_SECRET", "whk \"7e0d/+55"+variable+"&<é>")
	w.set(name+"_HEADER", header)
	w.secrets[name+"_BEARER"] = "bearer-4c1e-" + variable + "-end"
	w.env = append(w.env, name+"_AUTH=Bearer "+w.secrets[name+"_BEARER"])
}

func (w *leakWorld) hookJob(how string) string {
	variable := "HOOK_" + strings.ToUpper(strings.ReplaceAll(how, "-", "_"))
	w.setHook(variable, how)
	return "token_env: LEAK_TOKEN_" + variable + "\n    outputs: [{ webhook_env: LEAK_" + variable + "_ADDRESS, secret_env: LEAK_" + variable +
		"_SECRET, headers_env: { X-Api-Key: LEAK_" + variable + "_HEADER, Authorization: LEAK_" + variable + "_AUTH } }]"
}

// write puts the job file, and a token into a file that others can read.
func (w *leakWorld) write(t *testing.T, dir string) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, `server: %s
defaults: { retries: 0, timeout: 3s }
notify:
  - webhook_env: LEAK_NOTIFY_ADDRESS
    secret_env: LEAK_NOTIFY_SECRET
    headers_env: { X-Api-Key: LEAK_NOTIFY_HEADER, Authorization: LEAK_NOTIFY_AUTH }
    on: [failure, recovery, success, missed, skipped]
  - heartbeat_env: LEAK_BEAT
jobs:
`, w.server.URL)
	all := maps.Clone(w.jobs)
	all["mounted"] = "token_file: mounted-token\n    outputs: [{ file: \"{job}/{tick}.json\" }]"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		keys := all[name]
		if name == "good" || name == "other" || name == "mounted" || strings.HasPrefix(name, "hook-") { // they succeed, however long it takes
			keys += "\n    timeout: 2m"
		}
		fmt.Fprintf(&text, "  %s:\n    schedule: manual\n    variables: { projectId: %s, limit: 50 }\n    query: |\n      %s\n    %s\n", name,
			fake.TowerID, leakQuery, keys)
	}
	write(t, filepath.Join(dir, "jobs.yaml"), text.String())
	write(t, filepath.Join(dir, "mounted-token"), w.secrets["LEAK_TOKEN_GOOD"]+"\n")
}

const leakQuery = `query Models($projectId: String!, $limit: Int!, $cursor: String) {
        project(id: $projectId) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id name versions(limit: 1) { totalCount items { id } } } } }
      }`

// leakCuts are shapes of a token that a server says at every distance from
// where its words are cut.
var leakCuts = map[string]func(string) string{
	"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"hex":    func(s string) string { return hex.EncodeToString([]byte(s)) },
	"reversed": func(s string) string {
		r := []rune(s)
		slices.Reverse(r)
		return string(r)
	},
	"percent": func(s string) string {
		var out strings.Builder
		for _, b := range []byte(s) {
			fmt.Fprintf(&out, "%%%02x", b)
		}
		return out.String()
	},
}

// leakItems asks once for every distance; what fails is told and left out.
const leakItems = `
    for_each:
      on_error: skip
      concurrency: 8
      query: "{ serverInfo { version } }"
      select: 'range(150; 301) | {projectId: "\(.)"}'`

// leakCut answers an item: its words hold a token that far in.
func leakCut(form, token, body string) any {
	var asked struct {
		Variables struct{ ProjectID string }
	}
	_ = json.Unmarshal([]byte(body), &asked)
	if asked.Variables.ProjectID == "" {
		return map[string]any{"data": map[string]any{"serverInfo": map[string]any{"version": "2"}}}
	}
	in, _ := strconv.Atoi(asked.Variables.ProjectID)
	said := strings.Repeat("x", in-1) + " " + leakCuts[form](token) + strings.Repeat(" y", 100)
	return map[string]any{"data": nil, "errors": []any{map[string]any{"message": said}}}
}

// watched looks at every byte of a request to a Speckle server but its
// Authorization header, which may hold that server's tokens alone. Some of them
// are for a server that says back what it was sent.
func (w *leakWorld) watched(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		body, rest := w.bytesOf(r, "Authorization")
		w.leaked(w.search.in("a request to "+name, rest)...)
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if (token == w.secrets["LEAK_TOKEN_OTHER"]) != (name == "other") && token != "" {
			w.leaked("a token came to " + name)
		}
		r.Body = io.NopCloser(strings.NewReader(body))
		said := leakEcho(r, body)
		for form := range leakCuts {
			if token == w.secrets["LEAK_TOKEN_CUT_"+strings.ToUpper(form)] {
				answer.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(answer).Encode(leakCut(form, token, body))
				return
			}
		}
		graphQL, _ := json.Marshal(map[string]any{"data": nil, "errors": []any{map[string]any{"message": said,
			"extensions": map[string]any{"code": "ECHO"}}}})
		switch token {
		case w.secrets["LEAK_TOKEN_ECHO_GRAPHQL"]:
			answer.Header().Set("Content-Type", "application/json")
			answer.Write(graphQL)
		case w.secrets["LEAK_TOKEN_ECHO_TEXT"]:
			http.Error(answer, said, http.StatusBadRequest)
		case w.secrets["LEAK_TOKEN_ECHO_HTML"]:
			answer.Header().Set("Content-Type", "text/html")
			answer.WriteHeader(http.StatusBadGateway)
			fmt.Fprintf(answer, "<html><title>%s</title></html>", said)
		default:
			next.ServeHTTP(answer, r)
		}
	})
}

// leakEcho is what a careless server says: the request, and its credentials in
// every shape, the shortest first.
func leakEcho(r *http.Request, body string) string {
	credentials := r.Header.Get("Authorization")
	reversed := []rune(credentials)
	slices.Reverse(reversed)
	headers, _ := json.Marshal(r.Header)
	return strings.Join([]string{
		credentials, string(reversed), base64.StdEncoding.EncodeToString([]byte(credentials)), hex.EncodeToString([]byte(credentials)),
		r.RequestURI, string(headers), body,
	}, " ")
}

// bytesOf gives a request's body, and all of it but one header.
func (w *leakWorld) bytesOf(r *http.Request, but string) (body string, all []byte) {
	text, _ := io.ReadAll(r.Body)
	header := r.Header.Clone()
	header.Del(but)
	all = fmt.Appendf(nil, "%s %s %s\n", r.Method, r.Host, r.RequestURI)
	for name, values := range header {
		all = fmt.Appendf(all, "%s: %s\n", name, values)
	}
	return string(text), append(all, text...)
}

// receive is every receiver of messages: each may know its own address and
// headers, and nothing else.
func (w *leakWorld) receive(answer http.ResponseWriter, r *http.Request) {
	body, all := w.bytesOf(r, "")
	how, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var own []string
	for name, text := range w.secrets {
		kind := name[strings.LastIndexByte(name, '_')+1:]
		if kind != "PATH" && kind != "ADDRESS" || !strings.Contains(path, text) {
			continue
		}
		of := strings.TrimSuffix(name, kind)
		own = append(own, name, of+"QUERY", of+"HEADER", of+"BEARER")
	}
	if len(own) == 0 {
		w.leaked("a message came to an address that nobody has: " + r.URL.Path)
	}
	w.leaked(w.search.in("a message to "+how, all, own...)...)
	w.mu.Lock()
	w.messages[how]++
	w.mu.Unlock()
	w.answerMessage(answer, r, how, body)
}

func (w *leakWorld) answerMessage(answer http.ResponseWriter, r *http.Request, how, body string) {
	headers, _ := json.Marshal(r.Header)
	switch how {
	case "echo":
		answer.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(answer, "%s %s %s", headers, r.RequestURI, body)
	case "echo-500":
		http.Error(answer, r.RequestURI+" "+string(headers), http.StatusInternalServerError)
	case "echo-coded":
		answer.WriteHeader(http.StatusBadRequest)
		io.WriteString(answer, leakEcho(r, body))
	case "redirect":
		http.Redirect(answer, r, w.elsewhere.URL+r.RequestURI, http.StatusTemporaryRedirect)
	case "reset":
		panic(http.ErrAbortHandler)
	default:
		answer.WriteHeader(http.StatusNoContent)
	}
}

// check tells of everything that a server or receiver saw and shouldn't have.
func (w *leakWorld) check(t *testing.T, receivers ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, leak := range w.found {
		t.Error(leak)
	}
	for _, how := range receivers {
		if w.messages[how] == 0 {
			t.Errorf("no message came to %s: %v", how, w.messages)
		}
	}
}
