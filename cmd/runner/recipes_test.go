package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/look"
	"speckle-runner/internal/output/blob/blobtest"
	"speckle-runner/internal/output/mail/mailtest"
	"speckle-runner/internal/speckle/fake"
)

// recipe is one of docs/recipes.md. Its text promises scopes in a line of their
// own, and paths in backticks.
type recipe struct {
	title, text, file string

	job    string
	scopes []string
	paths  []string
}

var (
	recipeBlock  = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	recipeScopes = regexp.MustCompile("(?m)^Scopes: (`[a-z:]+`(?:, `[a-z:]+`)*)$")
	recipePath   = regexp.MustCompile("`((?:exports|s3:/)/[^`]*\\.[a-z]+)`")
	recipeJob    = regexp.MustCompile(`(?m)^  ([a-z0-9-]+):$`)
	recipeEnv    = regexp.MustCompile(`(token|webhook|secret)_env: (\w+)`)
	backticked   = regexp.MustCompile("`([^`]+)`")
)

// readRecipes takes docs/recipes.md apart: a heading, two or three sentences,
// the scopes and one job file each.
func readRecipes(t *testing.T) []recipe {
	t.Helper()
	text, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []recipe
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		blocks := recipeBlock.FindAllStringSubmatchIndex(body, -1)
		if len(blocks) != 1 {
			t.Fatalf("%s: %d yaml blocks, want one", title, len(blocks))
		}
		r := recipe{title: title, text: body[:blocks[0][0]], file: body[blocks[0][2]:blocks[0][3]] + "\n"}
		said := recipeScopes.FindStringSubmatch(r.text)
		_, below, _ := strings.Cut(r.file, "\njobs:\n")
		named := recipeJob.FindAllStringSubmatch(below, -1)
		if said == nil || len(named) != 1 {
			t.Fatalf("%s: want a line \"Scopes: `streams:read`\" and one job, have %q and %q", title, said, named)
		}
		r.job = named[0][1]
		for _, scope := range backticked.FindAllStringSubmatch(said[1], -1) {
			r.scopes = append(r.scopes, scope[1])
		}
		for _, path := range recipePath.FindAllStringSubmatch(r.text, -1) {
			r.paths = append(r.paths, path[1])
			if !strings.Contains(r.file, path[1]) {
				t.Errorf("%s: the text promises %s, and the job writes no such path", title, path[1])
			}
		}
		all = append(all, r)
	}
	return all
}

// kitchen is where a recipe is tried: a server, a receiver, a bucket, and an
// empty folder.
type kitchen struct {
	recipe

	server *fake.Server
	bucket *blobtest.Bucket
	mail   *mailtest.Server
	mu     sync.Mutex
	got    []posted
}

type posted struct {
	header http.Header
	body   string
}

// cook puts a recipe's file into an empty folder and sets its variables. Only
// what every reader has to replace is replaced: the server, YOUR_… ids, and
// the storage with its settings.
func cook(t *testing.T, r recipe) *kitchen {
	t.Helper()
	k := &kitchen{recipe: r, bucket: blobtest.New("s3"), mail: &mailtest.Server{}}
	token := fake.NewToken(r.title, r.scopes...)
	soon, later, other := fake.NewToken("ends soon"), fake.NewToken("ends later"), fake.NewToken("somebody else's")
	soon.Expires, later.Expires, other.Expires = time.Now().AddDate(0, 0, 9), time.Now().AddDate(0, 0, 90), time.Now().AddDate(0, 0, 9)
	other.User = fake.MemberID
	var err error
	if k.server, err = fake.Start(fake.Options{Workspaces: true, Tokens: []fake.Token{token, soon, later, other}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.server.Close() })
	hook := httptest.NewServer(http.HandlerFunc(k.receive))
	t.Cleanup(hook.Close)

	if err := k.mail.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.mail.Close() })

	file := k.fill(r.file)
	if strings.Contains(file, "YOUR_") {
		t.Fatalf("a placeholder that the test doesn't know:\n%s", file)
	}
	t.Chdir(t.TempDir())
	write(t, "jobs.yaml", file)
	blobtest.Env(t.Setenv)
	for _, variable := range recipeEnv.FindAllStringSubmatch(file, -1) {
		value := map[string]string{"token": token.Token, "webhook": hook.URL + "/hook", "secret": "a secret of this test"}
		t.Setenv(variable[2], value[variable[1]])
	}
	return k
}

func (k *kitchen) fill(text string) string {
	project, model := fake.TowerID, fake.FederatedID
	if strings.Contains(k.file, "\n    elements:") {
		project, model = fake.HouseID, fake.OfficeID
	}
	return strings.NewReplacer(
		"https://app.speckle.systems", k.server.URL,
		"YOUR_PROJECT_ID", project,
		"YOUR_MODEL_ID", model,
		"YOUR_WORKSPACE_SLUG", fake.WorkspaceSlug,
		"s3://YOUR_BUCKET/", k.bucket.Path(""),
		"host: smtp.example.com, username_env: SMTP_USER, password_env: SMTP_PASSWORD,",
		fmt.Sprintf("host: 127.0.0.1, port: %d, tls: none,", k.mail.Port()),
		"?endpoint=https://minio.example.com&use_path_style=true&region=us-east-1", k.bucket.Settings(),
	).Replace(text)
}

func (k *kitchen) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.got = append(k.got, posted{r.Header, string(body)})
	w.WriteHeader(http.StatusNoContent)
}

// messages are those that came since the last time.
func (k *kitchen) messages() []posted {
	k.mu.Lock()
	defer k.mu.Unlock()
	got := k.got
	k.got = nil
	for _, letter := range k.mail.Take() {
		got = append(got, posted{http.Header{"To": {letter.To}}, letter.Data})
	}
	return got
}

// do runs a command and wants it to end well.
func (k *kitchen) do(t *testing.T, args ...string) (string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := execute(t.Context(), args, streams{out: &out, err: &errs}); code != 0 {
		t.Fatalf("runner %s: exit code %d\n%s%s", strings.Join(args, " "), code, &out, &errs)
	}
	return out.String(), errs.String()
}

// cooked is what a run says of itself with -o json.
type cooked struct {
	State    string
	Records  int
	Warnings []string
	Files    []struct {
		Path    string
		Records int
	}
	Deliveries []struct{ State string }
}

func (k *kitchen) run(t *testing.T, args ...string) cooked {
	t.Helper()
	out, _ := k.do(t, append([]string{"run", k.job, "-o", "json"}, args...)...)
	var runs []cooked
	if err := json.Unmarshal([]byte(out), &runs); err != nil || len(runs) != 1 {
		t.Fatalf("want one run: %v\n%s", err, out)
	}
	if r := runs[0]; r.State != "succeeded" || r.Records == 0 || len(r.Warnings) > 0 {
		t.Fatalf("want a run with records and no warning: %s", out)
	}
	return runs[0]
}

// version names the newest version of a model, for a recipe whose runs are each
// of one.
func (k *kitchen) version(t *testing.T) []string {
	t.Helper()
	if !strings.Contains(k.file, "on_version:") {
		return nil
	}
	var newest struct {
		Data struct {
			Project struct {
				Model struct {
					Versions struct{ Items []struct{ ID string } }
				}
			}
		}
	}
	answer := k.ask(t, `{ project(id: "`+fake.TowerID+`") { model(id: "`+fake.FederatedID+`") { versions(limit: 1) { items { id } } } } }`)
	if err := json.Unmarshal([]byte(answer), &newest); err != nil {
		t.Fatal(err)
	}
	return []string{"--version", newest.Data.Project.Model.Versions.Items[0].ID}
}

// TestRecipes makes every recipe as it stands in docs/recipes.md.
func TestRecipes(t *testing.T) {
	all := readRecipes(t)
	if len(all) < 10 || len(all) != len(outcomes) {
		t.Errorf("%d recipes, %d outcomes", len(all), len(outcomes))
	}
	for _, r := range all {
		t.Run(r.job, func(t *testing.T) {
			if outcomes[r.job] == nil {
				t.Fatalf("recipes_outcome_test.go doesn't say what %q makes", r.title)
			}
			k := cook(t, r)
			out, errs := k.do(t, "validate")
			if said := out + errs; said != "jobs.yaml is valid: 1 job\n" {
				t.Errorf("validate says: %s", said)
			}
			k.scopesAsSaid(t)
			k.do(t, "validate", "--online") // by the whole schema of the open source server
			done := k.run(t, k.version(t)...)
			k.filesAsSaid(t, done)
			sends := strings.Contains(r.file, "webhook") || strings.Contains(r.file, "email:")
			if got := k.messages(); sends == (len(got) == 0) || len(got) != len(done.Deliveries) {
				t.Errorf("%d messages, %d deliveries", len(got), len(done.Deliveries))
			} else {
				outcomes[r.job](t, k, got)
			}
		})
	}
}

// scopesAsSaid holds the text against what the command finds in the queries.
func (k *kitchen) scopesAsSaid(t *testing.T) {
	t.Helper()
	out, _ := k.do(t, "scopes", "-o", "json")
	var found []look.Scopes
	if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) != 1 {
		t.Fatalf("scopes: %v\n%s", err, out)
	}
	needs := found[0]
	if !slices.Equal(needs.Scopes, k.scopes) || len(needs.Soft)+len(needs.Unknown) > 0 {
		t.Errorf("the text says %q, runner scopes %s", k.scopes, out)
	}
}

// filesAsSaid wants a file with records for each path of the text, and a path
// in the text for each file.
func (k *kitchen) filesAsSaid(t *testing.T, done cooked) {
	t.Helper()
	var said []*regexp.Regexp
	for _, path := range k.paths {
		pattern := regexp.QuoteMeta(k.fill(path))
		said = append(said, regexp.MustCompile("^"+regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, `[0-9-]+`)+"$"))
	}
	seen := make([]bool, len(said))
	var there []string
	for _, f := range done.Files {
		if f.Records == 0 {
			t.Errorf("%s has no records", f.Path)
		}
	}
	for key := range k.bucket.Objects() {
		there = append(there, k.bucket.Path(key))
	}
	written, err := filepath.Glob("exports/*")
	deeper, _ := filepath.Glob("exports/*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(written, deeper...) {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !strings.HasPrefix(info.Name(), ".") {
			there = append(there, filepath.ToSlash(path))
		}
	}
	for _, path := range there {
		at := slices.IndexFunc(said, func(p *regexp.Regexp) bool { return p.MatchString(path) })
		if at < 0 && !strings.HasSuffix(path, ".manifest.json") {
			t.Errorf("%s is not in the text", path)
		} else if at >= 0 {
			seen[at] = true
		}
	}
	for i, was := range seen {
		if !was {
			t.Errorf("the text promises %s; there are %q, the run wrote %v", k.paths[i], there, done.Files)
		}
	}
}
