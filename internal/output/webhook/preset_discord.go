package webhook

import (
	"strconv"
	"strings"

	"speckle-runner/internal/output/note"
	"speckle-runner/internal/said"
)

// Limits of Discord's embeds, in characters: 256 for a title, 4096 for a
// description. They are kept in bytes, which are never fewer.
const (
	discordTitle       = 256
	discordDescription = 4096
)

// Colours of an embed's edge.
const (
	discordGood = 0x2e7d32
	discordBad  = 0xc62828
)

// discordEscaper turns off Discord's Markdown. A backslash before any
// punctuation shows the punctuation.
var discordEscaper = strings.NewReplacer(
	`\`, `\\`, `*`, `\*`, `_`, `\_`, `~`, `\~`, "`", "\\`", `|`, `\|`, `>`, `\>`, `<`, `\<`,
	`#`, `\#`, `[`, `\[`, `]`, `\]`, `(`, `\(`, `)`, `\)`, `@`, `\@`, `:`, `\:`,
)

type discordEmbed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Color       int    `json:"color"`
	Footer      struct {
		Text string `json:"text"` // shown as it is
	} `json:"footer"`
}

// discord makes a message of one embed. Nobody is mentioned, whatever the
// records say.
func discord(n note.Note) any {
	color := discordGood
	if !n.Good {
		color = discordBad
	}
	escape := discordEscaper.Replace
	var text strings.Builder
	text.WriteString(escape(n.Facts))
	if n.Error != "" {
		text.WriteString("\n\n" + escape(n.Error))
	}
	for i, l := range n.Lists {
		// What is left is shared by the lists that are still to come.
		room := (discordDescription - text.Len()) / (len(n.Lists) - i)
		text.WriteString("\n\n**" + escape(l.Head) + "**" + bullets(l.Lines, escape, room-200))
	}
	embed := discordEmbed{Title: fitting(n.Title, escape, discordTitle), Description: text.String(), Color: color}
	embed.Footer.Text = n.Footer
	return struct {
		Embeds   []discordEmbed      `json:"embeds"`
		Mentions map[string][]string `json:"allowed_mentions"`
	}{[]discordEmbed{embed}, map[string][]string{"parse": {}}}
}

// fitting escapes a text, shortened until the result keeps to the limit.
func fitting(text string, escape func(string) string, limit int) string {
	for keep := len(text); ; keep -= 8 {
		if escaped := escape(said.Within(text, keep)); len(escaped) <= limit {
			return escaped
		}
	}
}

// discordPasses are Discord's codes for limits and overload: a general error,
// rates of writing, and a service that is busy.
const discordPasses = "0 20016 20022 20028 20029 31001 31002 40062 110000 130000" //nolint:gosec // Discord's error codes

// discordAnswer reads the message that ?wait=true answers with, and the errors
// of Discord's API. An empty answer never gets here.
func discordAnswer(r reply) verdict {
	code, coded := r.number("code")
	_, limited := r.number("retry_after")
	switch {
	case limited:
		return verdict{no: true, after: r.retryAfter()}
	case r.word("id") != "" || strings.EqualFold(r.text, "ok"):
		return verdict{}
	case coded && r.fields["message"] != nil:
		return refused(!among(strconv.Itoa(int(code)), discordPasses))
	}
	return verdict{doubt: "not what Discord says: " + r.text}
}
