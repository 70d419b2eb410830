package jobs

import (
	"reflect"
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
)

// notifies builds a list of notifications.
func (l *loader) notifies(given shape.List[shape.Notify]) []Notify {
	var out []Notify
	for _, one := range given.Items {
		out = append(out, l.notify(one))
	}
	return out
}

func (l *loader) notify(n *shape.Notify) Notify {
	out := Notify{Line: n.At.Node.Line, HeartbeatEnv: n.HeartbeatEnv.Value}
	kind := shape.ToWebhook
	if n.HeartbeatEnv.Given() && !n.Webhook.Given() && !n.WebhookEnv.Given() {
		kind = shape.ToHeartbeat
	} else if n.Email.Given() {
		kind = shape.ToMail
	}
	if !l.belongs(reflect.ValueOf(n).Elem(), kind) || kind == shape.ToHeartbeat {
		return out
	}
	if kind == shape.ToMail {
		out.Mail = l.mail(n.Email, 0)
	} else {
		out.Hook = l.hook(n.Webhook, n.WebhookEnv, &n.Hook, nil)
	}
	out.Cooldown = n.Cooldown.Value
	out.On = n.On.Values()
	if out.On == nil {
		out.On = []string{"failure", "recovery"}
	} else if len(n.On.Node.Items) == 0 {
		l.Problem(n.On.At, document.Problem{Message: "on is empty, so nothing is ever told", Hint: "write [failure, recovery]"})
	}
	// Who wants to hear of failures can't want to lose messages unheard.
	if slices.Contains(out.On, "failure") && !slices.Contains(out.On, "undelivered") {
		out.On = append(slices.Clip(out.On), "undelivered")
	}
	return out
}
