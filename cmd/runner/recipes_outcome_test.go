package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"speckle-runner/internal/speckle/fake"
)

// outcomes say what else each recipe's text promises, after its first run and
// with the messages of that.
var outcomes = map[string]func(*testing.T, *kitchen, []posted){
	"models":          parquetFolder,
	"new-versions":    newVersions,
	"stale-models":    staleModels,
	"members":         members,
	"quantities":      quantities,
	"failed-checks":   failedChecks,
	"expiring-tokens": expiringTokens,
	"all-models":      allModels,
	"version-log":     versionLog,
	"open-comments":   openComments,
	"changed-models":  changedModels,
	"bucket":          inBucket,

	"doors":        doorSchedule,
	"materials":    materials,
	"completeness": completeness,
	"rooms":        rooms,
	"all-doors":    allDoors,
	"properties":   propertyTable,
	"each-version": eachVersion,

	"models-by-mail": modelsByMail,
}

func modelsByMail(t *testing.T, k *kitchen, got []posted) {
	if len(got) != 2 || got[0].header.Get("To") == got[1].header.Get("To") {
		t.Fatalf("%d mails, to %v", len(got), got[0].header)
	}
	for _, mail := range got {
		for _, want := range []string{
			"Subject: [runner] models-by-mail: 140 records\n", "To: <anna@example.com>, \"Ben Example\" <ben@example.com>\n",
			"The models of the project, this Monday", ".xlsx\"\n",
		} {
			if !strings.Contains(mail.body, want) {
				t.Errorf("no %q in\n%.3000s", want, mail.body)
			}
		}
	}
	k.run(t)
	for _, mail := range k.messages() {
		if !strings.Contains(mail.body, "Subject: [runner] models-by-mail: No changes\n") {
			t.Errorf("the second mail:\n%.500s", mail.body)
		}
	}
}

func parquetFolder(t *testing.T, _ *kitchen, _ []posted) {
	night := one(t, "exports/models/*.parquet")
	file, err := parquet.OpenFile(strings.NewReader(night), int64(len(night)))
	if err != nil {
		t.Fatal(err)
	}
	if file.NumRows() != fake.TowerModels || night != one(t, "exports/models-latest.parquet") {
		t.Errorf("%d rows; is the latest the same?", file.NumRows())
	}
	schema := file.Schema().String()
	for _, column := range []string{"night", "updated", "created"} {
		if !regexp.MustCompile(column + ` \(TIMESTAMP`).MatchString(schema) {
			t.Errorf("%s is no time:\n%s", column, schema)
		}
	}
}

func newVersions(t *testing.T, k *kitchen, got []posted) {
	says(t, got, `"AdaptiveCard"`, "New versions", "• Coordination/Federated: ")
	k.quiet(t)
}

func eachVersion(t *testing.T, k *kitchen, got []posted) {
	says(t, got, `"AdaptiveCard"`, "A new version", "• Coordination/Federated: ")
	if out, _ := k.do(t, "next"); !strings.Contains(out, "on a new version of any model of project "+fake.TowerID) {
		t.Errorf("it isn't said when:\n%s", out)
	}
}

func staleModels(t *testing.T, _ *kitchen, got []posted) {
	says(t, got, "Models without a change for 90 days", " days ago by ", "… and ")
	for _, line := range regexp.MustCompile(`, (\d+) days ago by `).FindAllStringSubmatch(got[0].body, -1) {
		if days, _ := strconv.Atoi(line[1]); days < 90 {
			t.Errorf("a model isn't stale%s", line[0])
		}
	}
	if rows := sheetRows(t, one(t, "exports/stale-models/*.xlsx")); rows < 12 {
		t.Errorf("%d rows in the workbook", rows)
	}
}

func members(t *testing.T, k *kitchen, _ []posted) {
	text := one(t, "exports/members/*.csv")
	rows := table(t, strings.TrimPrefix(text, "\ufeff"))
	if len(rows) != 8 || !strings.HasPrefix(text, "\ufeff") || !slices.Equal(rows[0],
		[]string{"name", "company", "email", "role", "seat", "joined"}) {
		t.Errorf("want seven members below a header:\n%s", text)
	}
	orla := slices.IndexFunc(rows, func(row []string) bool { return row[2] == "orla.byrne@harbourlime.example" })
	if orla < 0 || !slices.Equal(rows[orla][3:5], []string{"admin", "editor"}) || !strings.HasPrefix(rows[orla][5], "20") ||
		!strings.Contains(text, ",guest,viewer,") {
		t.Errorf("want addresses, roles and seats:\n%s", text)
	}
}

func failedChecks(t *testing.T, k *kitchen, got []posted) {
	var sent struct {
		Records []struct{ ID, Model, Status, Message string }
	}
	if err := json.Unmarshal([]byte(got[0].body), &sent); err != nil || len(sent.Records) == 0 ||
		got[0].header.Get("Webhook-Signature") == "" {
		t.Fatalf("want signed records: %v\n%s", err, got[0].body)
	}
	for _, r := range sent.Records {
		if r.Status == "SUCCEEDED" || r.Status == "RUNNING" || r.Model == "" || r.ID == "" || r.Message == "" {
			t.Errorf("not a failed run: %v", r)
		}
	}
	k.quiet(t)
}

func expiringTokens(t *testing.T, _ *kitchen, got []posted) {
	says(t, got, "• ends soon (", ") ends on 20", ", last used 20")
	for _, other := range []string{"ends later", "somebody else's", "Tokens that are about to expire ("} {
		if strings.Contains(got[0].body, other) {
			t.Errorf("tells of the token %q: %s", other, got[0].body)
		}
	}
}

func allModels(t *testing.T, k *kitchen, _ []posted) {
	rows := table(t, one(t, "exports/all-models/latest.csv"))
	count := map[string]int{}
	for _, row := range rows[1:] {
		count[row[1]]++
	}
	if len(count) != 4 || count[fake.TowerID] != fake.TowerModels || count[fake.LibraryID] == 0 || count[fake.HiddenID] != 0 {
		t.Errorf("models by project: %v", count)
	}
	k.server.SetFaults(fake.Fault{
		Kind: fake.ErrorCode, Code: "SSO_SESSION_MISSING_OR_EXPIRED_ERROR", Status: http.StatusUnauthorized, Operation: "Models", Times: 1,
	})
	if out, _ := k.do(t, "run", k.job); !strings.Contains(out, "warning: skipped 1 of 4 items\n") || !strings.Contains(out, "single sign-on") {
		t.Errorf("want a run without one project:\n%s", out)
	}
}

// versionLog begins anew, to have a run of some days ago before that of now.
func versionLog(t *testing.T, k *kitchen, _ []posted) {
	for _, left := range []string{"exports", ".runner"} {
		if err := os.RemoveAll(left); err != nil {
			t.Fatal(err)
		}
	}
	first := "--tick=" + time.Now().AddDate(0, 0, -3).UTC().Format(time.RFC3339)
	before := k.run(t, first).Records
	after := k.run(t).Records
	k.run(t, first)
	var ids []string
	files, _ := filepath.Glob("exports/version-log/*.csv") // two when a month begins
	for _, file := range files {
		for _, row := range table(t, one(t, file))[1:] {
			ids = append(ids, row[1])
		}
	}
	slices.Sort(ids)
	once := len(slices.Compact(slices.Clone(ids)))
	if len(ids) != once || len(ids) != before+after {
		t.Errorf("%d lines of %d versions, from runs of %d and %d records", len(ids), once, before, after)
	}
	want := fmt.Sprintf(`{"data":{"project":{"versions":{"totalCount":%d}}}}`, once)
	if got := k.ask(t, `{ project(id: "`+fake.TowerID+`") { versions(limit: 0) { totalCount } } }`); got != want {
		t.Errorf("the server has %s, want %s", got, want)
	}
}

func openComments(t *testing.T, _ *kitchen, got []posted) {
	says(t, got, `"embeds"`, "Open comments", "Beam clashes with the riser at grid D/7, who moves? – ", "replies\\\\: 27")
	text := one(t, "exports/open-comments.csv")
	rows := table(t, strings.TrimPrefix(text, "\ufeff"))
	if len(rows) != 11 || !slices.Equal(rows[0], []string{"created", "author", "text", "replies", "id"}) {
		t.Errorf("want ten comments below a header:\n%s", text)
	}
}

func changedModels(t *testing.T, k *kitchen, got []posted) {
	says(t, got, "140 records")
	k.quiet(t)
	var newest struct {
		Data struct {
			Project struct {
				Versions struct {
					Items []struct {
						ID    string
						Model struct{ Name string }
					}
				}
			}
		}
	}
	answer := k.ask(t, `{ project(id: "`+fake.TowerID+`") { versions(limit: 3) { items { id model { name } } } } }`)
	if err := json.Unmarshal([]byte(answer), &newest); err != nil {
		t.Fatal(err)
	}
	want := []string{"3 models changed since "}
	for _, v := range newest.Data.Project.Versions.Items {
		k.ask(t, `mutation { versionMutations { update(input: {projectId: "`+fake.TowerID+`", versionId: "`+v.ID+
			`", message: "told anew"}) { id } } }`)
		want = append(want, "• changed: "+v.Model.Name+" (message)")
	}
	k.run(t)
	says(t, k.messages(), want...)
}

func inBucket(t *testing.T, k *kitchen, _ []posted) {
	all := k.bucket.Objects()
	reader, err := gzip.NewReader(strings.NewReader(all["models/latest.ndjson.gz"].Content))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if lines := bytes.Count(text, []byte("\n")); err != nil || lines != fake.TowerModels {
		t.Errorf("%d lines, %v", lines, err)
	}
	manifests := 0
	for key, object := range all {
		if strings.HasSuffix(key, ".manifest.json") && strings.Contains(object.Content, `"records": 140`) {
			manifests++
		}
	}
	if len(all) != 3 || manifests != 1 {
		t.Errorf("want an export, the latest and a manifest: %v", all)
	}
}

// quiet runs the job again: it succeeds, and nothing is sent.
func (k *kitchen) quiet(t *testing.T) {
	t.Helper()
	k.do(t, "run", k.job)
	if got := k.messages(); len(got) > 0 {
		t.Errorf("sent when there was nothing new: %s", got[0].body)
	}
}

// ask sends one query with a token that may do everything.
func (k *kitchen) ask(t *testing.T, query string) string {
	t.Helper()
	token := fake.NewToken("of the test", "*")
	k.server.AddTokens(token)
	body, _ := json.Marshal(map[string]string{"query": query})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || bytes.Contains(answer, []byte(`"errors"`)) {
		t.Fatalf("%s: %v\n%s", query, err, answer)
	}
	return strings.TrimSpace(string(answer))
}

// says wants one message that holds all texts.
func says(t *testing.T, got []posted, texts ...string) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d messages, want one", len(got))
	}
	for _, text := range texts {
		if !strings.Contains(got[0].body, text) {
			t.Errorf("the message lacks %q:\n%s", text, got[0].body)
		}
	}
}

// one is the content of the only file that a pattern finds.
func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s finds %q, want one file", pattern, found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func table(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("want a table with rows: %v\n%s", err, text)
	}
	return rows
}

// sheetRows counts the rows of a workbook's first sheet, its header included.
func sheetRows(t *testing.T, workbook string) int {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := archive.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer sheet.Close()
	text, err := io.ReadAll(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("<row "))
}
