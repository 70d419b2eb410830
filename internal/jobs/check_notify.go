package jobs

import (
	"reflect"
	"slices"

	"speckle-runner/internal/jobs/document"
)

// notifies builds a list of notifications.
func (l *loader) notifies(given list[notify]) []Notify {
	var out []Notify
	for _, one := range given.items {
		out = append(out, l.notify(one))
	}
	return out
}

func (l *loader) notify(n *notify) Notify {
	out := Notify{Line: n.At.node.Line, HeartbeatEnv: n.HeartbeatEnv.value}
	kind := toWebhook
	if n.HeartbeatEnv.given() && !n.Webhook.given() && !n.WebhookEnv.given() {
		kind = toHeartbeat
	}
	if !l.belongs(reflect.ValueOf(n).Elem(), kind) || kind == toHeartbeat {
		return out
	}
	out.Hook = l.hook(n.Webhook, n.WebhookEnv, &n.hook, nil)
	out.Cooldown = n.Cooldown.value
	out.On = n.On.values()
	if out.On == nil {
		out.On = []string{"failure", "recovery"}
	} else if len(n.On.node.Items) == 0 {
		l.problem(n.On.at, document.Problem{Message: "on is empty, so nothing is ever told", Hint: "write [failure, recovery]"})
	}
	// Who wants to hear of failures can't want to lose messages unheard.
	if slices.Contains(out.On, "failure") && !slices.Contains(out.On, "undelivered") {
		out.On = append(slices.Clip(out.On), "undelivered")
	}
	return out
}
