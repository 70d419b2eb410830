package webhook

import (
	"strconv"

	"speckle-runner/internal/output/note"
	"speckle-runner/internal/pattern"
)

// teamsCard is an Adaptive Card 1.4, which a Teams workflow ("When a Teams
// webhook request is received") posts. A message may have 28 KB; the bounds of
// a note keep this one below 12.
type teamsCard struct {
	Schema  string         `json:"$schema"`
	Type    string         `json:"type"`
	Version string         `json:"version"`
	Body    []any          `json:"body"`
	Teams   map[string]any `json:"msteams"`
}

// teamsRuns is a paragraph. Unlike TextBlock it shows text as it is, without
// Markdown: nothing in a record can become a link or a mention.
type teamsRuns struct {
	Type    string     `json:"type"`
	Spacing string     `json:"spacing,omitempty"`
	Inlines []teamsRun `json:"inlines"`
}

type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Size   string `json:"size,omitempty"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
	Subtle bool   `json:"isSubtle,omitempty"`
}

// teams makes a message for a workflow's webhook.
func teams(n note.Note) any {
	title := teamsRun{Text: n.Title, Size: "Large", Weight: "Bolder"}
	if !n.Good {
		title.Color = "Attention"
	}
	body := []any{paragraph("", title), paragraph("Small", teamsRun{Text: n.Facts})}
	if n.Error != "" {
		body = append(body, paragraph("", teamsRun{Text: n.Error, Color: "Attention"}))
	}
	for _, l := range n.Lists {
		body = append(body, paragraph("Medium", teamsRun{Text: l.Head, Weight: "Bolder"}))
		for _, text := range l.Lines {
			body = append(body, paragraph("None", teamsRun{Text: "• " + text}))
		}
	}
	body = append(body, paragraph("Medium", teamsRun{Text: n.Footer, Size: "Small", Subtle: true}))
	card := teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		Body: body, Teams: map[string]any{"width": "Full"},
	}
	return map[string]any{
		"type": "message",
		"attachments": []any{map[string]any{
			"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card,
		}},
	}
}

func paragraph(spacing string, run teamsRun) teamsRuns {
	run.Type = "TextRun"
	return teamsRuns{Type: "RichTextBlock", Spacing: spacing, Inlines: []teamsRun{run}}
}

var (
	teamsStatus = pattern.New(`(?i)\bHTTP (?:error|status)(?: code)?:? (\d{3})\b`)
	teamsFailed = pattern.New(`(?i)delivery failed|operation timed out|internal server error`)
	teamsBad    = pattern.New(`(?i)bad request|bad payload|invalid webhook|is required|` +
		`webhook (?:not found|is disabled|has been removed)`)
)

// teamsAnswer reads "1" of a connector; a workflow's answer is empty and never
// gets here. Teams says with a 200 what its own endpoint said to the connector,
// status and all: that status decides whether trying again makes sense.
func teamsAnswer(r reply) verdict {
	if r.text == "1" || r.text == "true" {
		return verdict{}
	}
	if found := teamsStatus().FindStringSubmatch(r.text); found != nil {
		code, _ := strconv.Atoi(found[1])
		return refused(final(code))
	}
	if code, given := r.number("statusCode"); given && code >= 300 {
		return refused(final(int(code)))
	}
	for _, key := range []string{"ok", "success"} {
		if value, given := r.says(key); given {
			return verdict{no: !value}
		}
	}
	switch {
	case teamsFailed().MatchString(r.text):
		return refused(false)
	case teamsBad().MatchString(r.text):
		return refused(true)
	case r.fields["error"] != nil && string(r.fields["error"]) != "null":
		return refused(false) // a workflow's own, of which the class isn't known
	}
	return verdict{doubt: "not what Teams says: " + r.text}
}
