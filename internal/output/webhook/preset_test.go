package webhook_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/output/webhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

func presetInputs() map[string]note.Input {
	london, _ := time.LoadLocation("Europe/London")
	at := time.Date(2026, 7, 2, 1, 30, 0, 0, time.UTC)
	return map[string]note.Input{
		"good": {
			Job: "nightly-models", Description: "Every model of the tower", Run: "01JZ3E", Tick: at, Zone: london, State: "succeeded", Count: 1234,
			Files: []target.Published{{Path: "exports/nightly_models/2026-07-02.csv", Bytes: 1_260_000}, {Path: "exports/latest.json", Bytes: 1}},
			Sample: []jsontext.Value{[]byte(`{"id":"1","name":"Tower & <Podium>"}`),
				[]byte(`{"id":"2","name":"","message":"@here see https://x.example"}`), []byte(`"text"`), []byte(`[1,2]`)},
			Noun: "models",
			Changes: &diff.Changes{
				Since: at.Add(-24 * time.Hour), Added: changeList(1, "Tower"), Removed: changeList(2, "Podium", "Old"),
				Changed: changeList(17, "*Core*", "L1", "L2", "L3", "L4", "L5"),
			},
		},
		"none": {Job: "stale", Run: "01JZ3F", Tick: at, Count: 0, Changes: &diff.Changes{Since: at.Add(-time.Hour)}},
		"failed": {Job: "nightly-models", Run: "01JZ3G", Tick: at, State: "failed",
			Error: "collected 3 of 7 models, token 0123456789abcdef0123456789abcdef01234567aa was refused"},
	}
}

func changeList(count int64, names ...string) diff.List {
	l := diff.List{Count: count}
	for _, name := range names {
		l.Records = append(l.Records, diff.Record{Name: name, Fields: []string{"updatedAt"}})
	}
	return l
}

// TestPresetsGolden keeps the messages readable: the files are what a person
// sees, and `go test -run Golden -update` writes them.
func TestPresetsGolden(t *testing.T) {
	for _, name := range webhook.Presets() {
		for sample, in := range presetInputs() {
			body, err := webhook.Preset(name, in)
			if err != nil {
				t.Fatal(err)
			}
			var value any
			if err := json.Unmarshal(body, &value); err != nil {
				t.Fatal(err)
			}
			pretty, _ := json.MarshalIndent(value, "", "  ")
			pretty = append([]byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(pretty))), '\n')
			file := filepath.Join("testdata", "preset", name+"-"+sample+".json")
			if *update {
				if err := os.WriteFile(file, pretty, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || string(want) != string(pretty) {
				t.Errorf("%s: %v; the message is now\n%s", file, err, pretty)
			}
		}
	}
}

func TestUnknownPreset(t *testing.T) {
	if _, err := webhook.Preset("matrix", note.Input{}); err == nil ||
		err.Error() != `unknown preset "matrix" (one of discord, slack, teams)` {
		t.Errorf("%v", err)
	}
}

// nasty gives inputs at the edges of what services take: long, many, and full
// of what each service's markup is made of.
func nasty() map[string]note.Input {
	inputs := map[string]note.Input{"empty": {}}
	for name, text := range map[string]string{
		"markup": strings.Repeat("&<>*_~`|#[]()@:\\", 100), "amp": strings.Repeat("&", 1000), "wide": strings.Repeat("🏗", 400),
		"quotes": strings.Repeat(`"\`, 800), "control": strings.Repeat("\x00\x1b\u202e\xff", 400), "spaces": strings.Repeat(" \n", 400),
	} {
		in := note.Input{
			Job: text, Description: text, Run: text, Error: text, Count: 1 << 62, Tick: time.Now(),
			Noun: text, Changes: &diff.Changes{Since: time.Now(), Added: changeList(1<<62, text), Removed: changeList(1<<62, text),
				Changed: changeList(1<<62, text)},
		}
		for range 50 {
			in.Files = append(in.Files, target.Published{Path: text, Bytes: 1 << 62})
			in.Changes.Changed.Records = append(in.Changes.Changed.Records, diff.Record{Name: text, Fields: []string{text, text}})
			in.Changes.Removed.Records = append(in.Changes.Removed.Records, diff.Record{Name: text})
			record, _ := json.Marshal(map[string]string{"name": text})
			in.Sample = append(in.Sample, record)
		}
		inputs[name] = in
		in.State = text
		inputs[name+" failed"] = in
	}
	return inputs
}

// TestPresetsKeepToTheLimits walks every message and counts as the services do.
func TestPresetsKeepToTheLimits(t *testing.T) {
	limits := map[string]func(t *testing.T, body []byte){"slack": slackLimits, "teams": teamsLimits, "discord": discordLimits}
	for _, name := range webhook.Presets() {
		for sample, in := range nasty() {
			t.Run(name+"/"+sample, func(t *testing.T) {
				body, err := webhook.Preset(name, in)
				if err != nil {
					t.Fatal(err)
				}
				if !utf8.Valid(body) {
					t.Error("it isn't UTF-8")
				}
				limits[name](t, body)
			})
		}
	}
}

func within(t *testing.T, what, text string, limit int) {
	t.Helper()
	if n := utf8.RuneCountInString(text); n > limit {
		t.Errorf("%s has %d characters, at most %d are taken", what, n, limit)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == '\u202e' }) {
		t.Errorf("%s holds control characters: %q", what, text)
	}
}

func slackLimits(t *testing.T, body []byte) {
	var m struct {
		Text   string
		Blocks []struct {
			Type     string
			Text     struct{ Text string }
			Elements []struct{ Text string }
		}
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	within(t, "text", m.Text, 40000)
	if len(m.Blocks) == 0 || len(m.Blocks) > 50 {
		t.Errorf("%d blocks", len(m.Blocks))
	}
	for _, b := range m.Blocks {
		limit := 3000
		if b.Type == "header" {
			limit = 150
		}
		within(t, b.Type, b.Text.Text, limit)
		if b.Type != "context" && b.Text.Text == "" {
			t.Errorf("a %s without a text is refused", b.Type)
		}
		for _, e := range b.Elements {
			within(t, "context", e.Text, 3000)
		}
		if b.Type != "header" && strings.Contains(b.Text.Text, "<") {
			t.Errorf("a link or a mention could be made: %q", b.Text.Text)
		}
	}
}

func discordLimits(t *testing.T, body []byte) {
	var m struct {
		Embeds []struct {
			Title, Description string
			Footer             struct{ Text string }
		}
		Mentions map[string][]string `json:"allowed_mentions"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Embeds) != 1 || m.Mentions["parse"] == nil || len(m.Mentions["parse"]) != 0 {
		t.Fatalf("%.300s", body)
	}
	e := m.Embeds[0]
	if e.Title == "" {
		t.Error("no title")
	}
	within(t, "title", e.Title, 256)
	within(t, "description", e.Description, 4096)
	within(t, "footer", e.Footer.Text, 2048)
	within(t, "all", e.Title+e.Description+e.Footer.Text, 6000)
}

func teamsLimits(t *testing.T, body []byte) {
	var m any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	if len(body) > 28*1024 {
		t.Errorf("%d bytes, Teams takes 28 KB", len(body))
	}
	if strings.Contains(string(body), `"TextBlock"`) {
		t.Error("a TextBlock reads Markdown")
	}
}

// TestPresetsSayWhatMatters holds counts, names and files for every service.
func TestPresetsSayWhatMatters(t *testing.T) {
	for _, name := range webhook.Presets() {
		body, err := webhook.Preset(name, presetInputs()["good"])
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(string(body), `\\`, "")
		for _, want := range []string{"Every model of the tower", "1,234 records", "Thu 2 Jul 2026 02:30 BST",
			"1 model added, 2 removed, 17 changed since 2026-07-01 02", "removed", "Podium", "and 12 more", "2026-07-02.csv", "1.3 MB", "1 byte",
			"and 1,230 more", "nightly-models", "run 01JZ3E"} {
			if !strings.Contains(plain, want) {
				t.Errorf("%s doesn't say %q: %s", name, want, plain)
			}
		}
		body, err = webhook.Preset(name, presetInputs()["failed"])
		if err != nil {
			t.Fatal(err)
		}
		plain = strings.ReplaceAll(string(body), `\\`, "")
		if !strings.Contains(plain, "nightly-models: failed") || !strings.Contains(plain, "collected 3 of 7 models") ||
			strings.Contains(plain, "0123456789abcdef") {
			t.Errorf("%s: %s", name, plain)
		}
		if strings.Contains(plain, fmt.Sprint(0, " records")) {
			t.Errorf("%s counts the records of a failed run", name)
		}
	}
}
