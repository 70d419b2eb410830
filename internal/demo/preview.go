package demo

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/said"
)

// Bounds on what the demo shows of an export, and of a message.
const (
	previewLines = 3
	previewWidth = 100
)

// preview gives the first lines of a text export below a folder.
func preview(dir string, f target.Published) []string {
	if strings.HasSuffix(f.Path, ".gz") || strings.HasSuffix(f.Path, ".zst") {
		return []string{"compressed: " + figures.Count(f.Records, "line") + ", a JSON record each"}
	}
	if strings.HasSuffix(f.Path, ".xlsx") {
		return []string{"a workbook: " + figures.Count(f.Records, "row")}
	}
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
	if err != nil {
		return []string{err.Error()}
	}
	defer file.Close()
	var lines []string
	for scanner := bufio.NewScanner(file); len(lines) < previewLines && scanner.Scan(); {
		lines = append(lines, said.Start(scanner.Text(), previewWidth))
	}
	return lines
}

// lines shows a message: of a Slack one the text that people see, of others
// the beginning.
func (m arrived) lines() []string {
	var slack struct {
		Blocks []struct {
			Text struct {
				Text string `json:"text"`
			} `json:"text"`
		} `json:"blocks"`
	}
	var lines []string
	if json.Unmarshal(m.body, &slack) == nil {
		for _, block := range slack.Blocks {
			for line := range strings.Lines(block.Text.Text) {
				lines = append(lines, said.Start(strings.TrimRight(line, "\n"), previewWidth))
			}
		}
	}
	const most = 8
	switch {
	case len(lines) == 0:
		return []string{said.Start(string(m.body), previewWidth)}
	case len(lines) > most:
		return append(lines[:most], "…")
	}
	return lines
}
