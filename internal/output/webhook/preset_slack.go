package webhook

import (
	"strings"

	"speckle-runner/internal/output/note"
	"speckle-runner/internal/said"
)

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
func slack(n note.Note) any {
	mrkdwn := func(text string) *slackText { return &slackText{Type: "mrkdwn", Text: text, Verbatim: true} }
	title := n.Title
	if !n.Good {
		title = "❌ " + title
	}
	blocks := []slackBlock{
		{Type: "header", Text: &slackText{Type: "plain_text", Text: said.Within(title, slackHeader), Emoji: new(false)}},
		{Type: "section", Text: mrkdwn(slackEscaper.Replace(n.Facts))},
	}
	if n.Error != "" {
		blocks = append(blocks, slackBlock{Type: "section", Text: mrkdwn(slackEscaper.Replace(n.Error))})
	}
	for _, l := range n.Lists {
		text := "*" + slackEscaper.Replace(l.Head) + "*" + bullets(l.Lines, slackEscaper.Replace, slackSection-200)
		blocks = append(blocks, slackBlock{Type: "section", Text: mrkdwn(text)})
	}
	blocks = append(blocks, slackBlock{Type: "context", Elements: []slackText{*mrkdwn(slackEscaper.Replace(n.Footer))}})
	return struct {
		Text   string       `json:"text"` // of the notification
		Blocks []slackBlock `json:"blocks"`
	}{slackEscaper.Replace(title + " · " + n.Facts), blocks}
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

// Slack's words for no, of incoming webhooks and of workflows. Most come with
// a status that says no, too; what may pass is tried again.
const (
	slackPasses  = "ratelimited rate_limited internal_error fatal_error rollup_error service_unavailable request_timeout timeout server_error"
	slackRefuses = "no_text no_service no_service_id no_team no_active_hooks " +
		"no_permission invalid_payload invalid_token invalid_auth invalid_blocks " +
		"invalid_blocks_format invalid_attachments too_many_attachments missing_text_or_fallback_or_attachments msg_too_long channel_not_found " +
		"channel_is_archived is_archived user_not_found action_prohibited posting_to_general_channel_denied posting_to_channel_denied " +
		"team_disabled token_revoked account_inactive invalid_workflow_input workflow_not_published trigger_not_found"
)

// slackAnswer reads "ok" of an incoming webhook and {"ok": true} of a workflow;
// services that speak like Slack say {"success": true}.
func slackAnswer(r reply) verdict {
	word := strings.ToLower(r.text)
	for _, key := range []string{"ok", "success"} {
		switch value, given := r.says(key); {
		case given && value:
			return verdict{}
		case given:
			word = r.word("error")
			return refused(!among(word, slackPasses))
		}
	}
	switch {
	case word == "ok":
		return verdict{}
	case among(word, slackPasses):
		return refused(false)
	case among(word, slackRefuses):
		return refused(true)
	}
	return verdict{doubt: "not what Slack says: " + r.text}
}
