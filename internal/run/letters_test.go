package run_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/run"
)

// smtp stands at the top of a job file whose jobs send mail.
const smtp = "smtp: { host: 127.0.0.1, port: 9, tls: none, from: runner@example.com }\n"

// letter opens a message that is owed.
func letter(t *testing.T, m owed.Message) mail.Letter {
	t.Helper()
	var sealed struct{ Body mail.Letter }
	if err := json.Unmarshal(m.Body, &sealed); err != nil {
		t.Fatal(err)
	}
	return sealed.Body
}

// TestALetterHasTheFilesThatFit: each is attached, or named with where it lies and why.
func TestALetterHasTheFilesThatFit(t *testing.T) {
	const mailTo = "      - email: [a@example.com, b@example.com]\n"
	many := strings.Repeat("x", 3000)
	for name, c := range map[string]struct {
		outputs  string
		select_  string
		attached []string // names
		says     []string // in the text
	}{
		"all": {outputs: "      - { file: x/out.csv }\n      - { file: out.ndjson }\n", attached: []string{"out.csv", "out.ndjson"},
			says: []string{"Attached", "x/out.csv (", "out.ndjson ("}},
		"two of one name": {outputs: "      - { file: x/out.csv }\n      - { file: y/out.csv }\n", attached: []string{"x-out.csv", "y-out.csv"}},
		"one is too large": {outputs: "      - { file: large.ndjson }\n      - { file: out.csv, columns: [id] }\n",
			select_:  `{id, more: "` + many + `"}`,
			attached: []string{"out.csv"}, says: []string{"Not attached", "large.ndjson (", "too large for this mail"}},
		"together they are": {outputs: "      - { file: one.ndjson }\n      - { file: two.ndjson }\n",
			select_:  `{id, more: "` + many[:1500] + `"}`,
			attached: []string{"one.ndjson"}, says: []string{"Not attached", "two.ndjson (", "too large for this mail"}},
		"one that grows": {outputs: "      - { file: all.ndjson, append: true }\n",
			says: []string{"Not attached", "all.ndjson (", "a file that grows isn't attached"}},
		"nothing": {outputs: "      - { file: out.csv }\n", says: []string{"Files"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put([]string{model("a", 1)})
			to := mailTo + "        max_attachment: 2KiB\n"
			if name == "nothing" {
				to = mailTo + "        max_attachment: 0\n"
			}
			keys := "    outputs:\n" + to + c.outputs
			if c.select_ != "" {
				keys = "    select: '" + c.select_ + "'\n" + keys
			}
			result := n.attempt(n.with(smtp, n.shelved(keys)), 1)
			if result.State != run.Succeeded || len(result.Owed) != 2 || result.Owed[0].ID == result.Owed[1].ID {
				t.Fatalf("%s %s: owes %d", result.State, result.Error, len(result.Owed))
			}
			l := letter(t, result.Owed[0])
			var names []string
			for _, f := range l.Files {
				names = append(names, f.Name)
				if text := n.anyFile(result, f.Name); text != string(f.Data) {
					t.Errorf("%s holds %q, and the file %q", f.Name, f.Data, text)
				}
			}
			if fmt.Sprint(names) != fmt.Sprint(c.attached) {
				t.Errorf("attached: %v, want %v", names, c.attached)
			}
			for _, text := range append(c.says, "one") {
				if !strings.Contains(l.Text+l.Subject, text) {
					t.Errorf("it doesn't say %q: %s", text, l.Text)
				}
			}
		})
	}
}

// anyFile gives what lies where a run wrote a file of that name.
func (b *rig) anyFile(of *run.Result, name string) string {
	b.t.Helper()
	for _, f := range of.Files {
		if f.Path == name || strings.ReplaceAll(f.Path, "/", "-") == name || strings.HasSuffix(f.Path, "/"+name) {
			return b.read(f.Path)
		}
	}
	return ""
}

// TestOnlySoManyFilesAreAttached: mail programs show more badly; the others are named, up
// to a number.
func TestOnlySoManyFilesAreAttached(t *testing.T) {
	n := newNights(t)
	items := `    for_each: { query: "query Items { activeUser { id } }", select: 'range(100; 175) | {n: .}' }
    query: "query One($n: Int!) { project(id: \"$TOWER\") { id models(limit: $n) { totalCount } } }"
    outputs: [{ file: "one/{each.n}.json" }, { email: [a@example.com] }]
`
	result := n.attempt(n.with(smtp, items), 1)
	if result.State != run.Succeeded || len(result.Files) != 75 || len(result.Owed) != 1 {
		t.Fatalf("%s %s: %d files, owes %d", result.State, result.Error, len(result.Files), len(result.Owed))
	}
	l := letter(t, result.Owed[0])
	named := strings.Count(l.Text, "enough are attached")
	if len(l.Files) != 20 || named != 50 || !strings.Contains(l.Text, "… and 5 more") {
		t.Errorf("%d are attached, %d named: %s", len(l.Files), named, l.Text)
	}
}

// TestLettersOfOtherSizes: of several mails each attaches what it has room for, whatever
// another takes; and many receivers leave less room for each.
func TestLettersOfOtherSizes(t *testing.T) {
	n := newNights(t)
	n.shelf.put(shelfOf(1))
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("r%d@example.com", i))
	}
	keys := "    select: '{id, more: (\"x\" * 1250000)}'\n" +
		"    outputs:\n      - { file: one.csv, columns: [id] }\n      - { file: two.ndjson }\n" +
		"      - { email: [a@example.com], max_attachment: 1KiB }\n      - { email: [b@example.com], max_attachment: 2MiB }\n" +
		"      - { email: [" + strings.Join(many, ", ") + "], max_attachment: 2MiB }\n"
	result := n.attempt(n.with(smtp, n.shelved(keys)), 1)
	if result.State != run.Succeeded || len(result.Owed) != 42 {
		t.Fatalf("%s %s: owes %d", result.State, result.Error, len(result.Owed))
	}
	for i, want := range map[int]int{0: 1, 1: 2, 2: 1, 41: 1} {
		if l := letter(t, result.Owed[i]); len(l.Files) != want {
			t.Errorf("letter %d has %d files, want %d: %s", i, len(l.Files), want, l.Text)
		}
	}
	// Two files fit one after the other, and not together.
	keys = "    select: '{id, more: (\"x\" * 700)}'\n    outputs:\n      - { file: one.ndjson }\n      - { file: two.ndjson }\n" +
		"      - { email: [a@example.com], max_attachment: 1KiB }\n      - { email: [b@example.com], max_attachment: 2KiB }\n"
	result = n.attempt(n.with(smtp, n.shelved(keys)), 1, n.of(1))
	if result.State != run.Succeeded || len(result.Owed) != 2 {
		t.Fatalf("%s %s: owes %d", result.State, result.Error, len(result.Owed))
	}
	if a, b := letter(t, result.Owed[0]), letter(t, result.Owed[1]); len(a.Files) != 1 || len(b.Files) != 2 {
		t.Errorf("attached: %d and %d", len(a.Files), len(b.Files))
	}
}
