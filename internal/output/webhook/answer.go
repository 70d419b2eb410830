package webhook

import (
	"strings"

	"speckle-runner/internal/pattern"
)

// judge reads an answer by the rules of the service that gave it; "" is one
// that isn't known.
func judge(service string, r reply) verdict {
	switch {
	case r.text == "":
		return verdict{} // the status is the answer
	case r.page:
		return verdict{doubt: "the answer wasn't understood: it is a web page, as a login or a proxy shows it: " + r.title()}
	}
	for _, p := range presets() {
		if p.name == service {
			v := p.answer(r)
			if v.doubt != "" {
				v.doubt = "the answer wasn't understood: " + v.doubt
			}
			return v
		}
	}
	return anyAnswer(r)
}

// anyAnswer reads the answer of a receiver that isn't known: a status of
// success is a yes. What speaks against it is told, and nothing is sent twice.
func anyAnswer(r reply) verdict {
	for _, key := range []string{"ok", "success"} {
		if value, given := r.says(key); given && !value {
			return verdict{doubt: "the answer says that it failed: " + r.text}
		}
	}
	if failed := healthchecksNo().MatchString(r.text); failed || strings.EqualFold(r.word("status"), "error") {
		return verdict{doubt: "the answer says that it failed: " + r.text}
	}
	return verdict{}
}

// healthchecksNo is how healthchecks.io tells, with a 200, of a ping that
// didn't count.
var healthchecksNo = pattern.New(`(?i)^ok \((not found|rate limited)\)$`)

// serviceHosts are receivers that are known by their address, where the job
// makes the body itself.
var serviceHosts = map[string]string{"hooks.slack.com": "slack", "discord.com": "discord", "discordapp.com": "discord"}

// service names the service that answers: the preset's, else the host's.
func (w *Hook) service(host string) string {
	switch {
	case w.Preset != "":
		return w.Preset
	case strings.HasSuffix(host, ".webhook.office.com"):
		return "teams"
	}
	return serviceHosts[host]
}
