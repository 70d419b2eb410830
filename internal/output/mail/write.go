package mail

import (
	_ "embed"
	"html/template"
	"strings"

	"speckle-runner/internal/output/note"
)

//go:embed letter.html
var letterHTML string

var page = template.Must(template.New("letter").Parse(letterHTML))

// Write makes a letter of a note, as plain text and as HTML that says the same.
func Write(to []string, subject string, n note.Note) (Letter, error) {
	var html strings.Builder
	if err := page.Execute(&html, n); err != nil {
		return Letter{}, err
	}
	return Letter{To: to, Subject: "[runner] " + subject, Text: plain(n), HTML: html.String()}, nil
}

// plain writes a note for who reads mail as text.
func plain(n note.Note) string {
	var text strings.Builder
	text.WriteString(n.Title + "\n" + n.Facts + "\n")
	if n.Error != "" {
		text.WriteString("\n" + n.Error + "\n")
	}
	for _, l := range n.Lists {
		text.WriteString("\n" + l.Head + "\n")
		for _, line := range l.Lines {
			text.WriteString("  - " + line + "\n")
		}
	}
	text.WriteString("\n-- \n" + n.Footer + "\n") // mail programs grey what follows
	return text.String()
}
