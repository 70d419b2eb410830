package output

import "strings"

// Limits of Slack's Block Kit, in characters (docs.slack.dev, 2026): 150 for a
// header, 3000 for a section's text. They are kept in bytes, which are never
// fewer.
const (
	slackHeader  = 150
	slackSection = 3000
)

// slackEscaper is all that Slack's mrkdwn needs: without < no mention, no
// channel call and no link can be made.
var slackEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

type slackText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji,omitempty"` // of plain text only

	// Verbatim keeps Slack from making mentions and links of "@here",
	// "#general" or an address inside mrkdwn.
	Verbatim bool `json:"verbatim,omitempty"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

// slack makes a message for an incoming webhook.
func slack(n note) any {
	mrkdwn := func(text string) *slackText { return &slackText{Type: "mrkdwn", Text: text, Verbatim: true} }
	title := n.title
	if !n.good {
		title = "❌ " + title
	}
	blocks := []slackBlock{
		{Type: "header", Text: &slackText{Type: "plain_text", Text: cut(title, slackHeader), Emoji: new(false)}},
		{Type: "section", Text: mrkdwn(slackEscaper.Replace(n.facts))},
	}
	if n.error != "" {
		blocks = append(blocks, slackBlock{Type: "section", Text: mrkdwn(slackEscaper.Replace(n.error))})
	}
	for _, l := range n.lists {
		text := "*" + slackEscaper.Replace(l.head) + "*" + bullets(l.lines, slackEscaper.Replace, slackSection-200)
		blocks = append(blocks, slackBlock{Type: "section", Text: mrkdwn(text)})
	}
	blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{*mrkdwn(slackEscaper.Replace(n.footer))}})
	return struct {
		Text   string       `json:"text"` // of the notification
		Blocks []slackBlock `json:"blocks"`
	}{slackEscaper.Replace(title + " · " + n.facts), blocks}
}

// bullets writes lines as a list and stops before limit bytes: escaping can
// make a line five times as long, and must not be cut in half.
func bullets(lines []string, escape func(string) string, limit int) string {
	var text strings.Builder
	for _, l := range lines {
		next := "\n• " + escape(l)
		if text.Len()+len(next) > limit {
			text.WriteString("\n…")
			break
		}
		text.WriteString(next)
	}
	return text.String()
}
