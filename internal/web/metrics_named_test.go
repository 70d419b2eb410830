package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/web"
)

// named are words that look like a metric of ours, a histogram's parts as its own.
var named = regexp.MustCompile(`\brunner_[a-z0-9_]+`)

func names(text string) []string {
	var all []string
	for _, name := range named.FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, part)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestMetricsAreDocumented holds the table of docs/operating.md: every metric is in
// it, and nothing else.
func TestMetricsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Metrics\n")
	table, _, _ := strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("docs/operating.md has no part about metrics")
	}
	var rows []string
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "| `") {
			first, _, _ := strings.Cut(line[1:], "|")
			rows = append(rows, first)
		}
	}
	there, told := web.NewMetrics("1").Names(), names(strings.Join(rows, " "))
	for _, name := range there {
		if !slices.Contains(told, name) {
			t.Errorf("docs/operating.md doesn't tell of %s", name)
		}
	}
	for _, name := range told {
		if !slices.Contains(there, name) {
			t.Errorf("docs/operating.md tells of %s, which isn't there", name)
		}
	}
}

// TestAlertsAndTheBoardNameMetrics: what deploy/ asks Prometheus for is told by
// /metrics; make deploy checks by promtool that it can be asked.
func TestAlertsAndTheBoardNameMetrics(t *testing.T) {
	there := web.NewMetrics("1").Names()
	for _, pattern := range []string{"prometheus/*.yml", "grafana/*.json"} {
		files, err := filepath.Glob("../../deploy/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			asked := names(string(text))
			if len(asked) < 10 && !strings.HasSuffix(file, "prometheus.yml") {
				t.Errorf("%s asks for %d metrics", file, len(asked))
			}
			for _, name := range asked {
				if !slices.Contains(there, name) {
					t.Errorf("%s asks for %s, which isn't there", file, name)
				}
			}
		}
	}
}

// panel is a part of Grafana's board.
type panel struct {
	ID         int
	Type       string
	Title      string
	GridPos    struct{ X, Y, W, H int }
	Datasource struct{ UID string }
	Targets    []struct{ RefID, Expr string }
}

func (p panel) overlaps(o panel) bool {
	a, b := p.GridPos, o.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

// TestTheBoardHolds: no panel lies upon another or is asked of a source that only we
// have, and each asks for something.
func TestTheBoardHolds(t *testing.T) {
	text, err := os.ReadFile("../../deploy/grafana/speckle-runner.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		UID, Title string
		Panels     []panel
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || board.Title == "" || len(board.Panels) < 15 {
		t.Errorf("%q %q, %d panels", board.UID, board.Title, len(board.Panels))
	}
	for i, p := range board.Panels {
		if p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d: %+v", p.ID, p)
		}
		if p.Type != "row" && (len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
			t.Errorf("%s asks for nothing, or of one source alone", p.Title)
		}
		for _, other := range board.Panels[:i] {
			if p.ID == other.ID || p.overlaps(other) {
				t.Errorf("%s lies upon %s, or has its id", p.Title, other.Title)
			}
		}
		for _, target := range p.Targets {
			if len(names(target.Expr)) == 0 || target.RefID == "" {
				t.Errorf("%s: %q names no metric of ours", p.Title, target.Expr)
			}
		}
	}
}
