package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/message"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/owed"
)

// wants reports whether any of the job's notifications is about an event.
func wants(job *jobs.Job, event Event) bool {
	return slices.ContainsFunc(job.Notify, func(n jobs.Notify) bool { return slices.Contains(n.On, string(event)) })
}

// Notices makes the messages about an occasion. The ledger decides which of them are
// sent: it knows what was told before. A message that can't be made is a problem beside
// the others, and so is one that lacks something: who would hear of it hears the rest.
func Notices(ctx context.Context, o Occasion) (made []owed.Message, problems []error) {
	for i := range o.Job.Notify {
		n := &o.Job.Notify[i]
		if n.HeartbeatEnv != "" || !slices.Contains(n.On, string(o.Event)) {
			continue
		}
		messages, err := o.notices(ctx, n, o.id(string(o.Event), i))
		if err != nil {
			problems = append(problems, fmt.Errorf("notify %d: %w", i+1, err))
		}
		for _, one := range messages {
			switch o.Event {
			case EventRecovery:
				one.IfTold = hearsOfFailures(o.Job, one.Receiver)
			case EventSuccess: // no trouble: each is news
			default:
				one.Cause, one.Cooldown = cmp.Or(o.Cause, string(o.Event)), n.Cooldown
			}
			made = append(made, one)
		}
	}
	return made, problems
}

// notices makes the messages of one entry of notify: for mail, one to each receiver.
func (o *Occasion) notices(ctx context.Context, n *jobs.Notify, id string) ([]owed.Message, error) {
	if n.Mail != nil {
		return o.letters(n.Mail, id)
	}
	one, err := o.notice(ctx, n)
	if err != nil && !errors.Is(err, errSeveral) {
		return nil, err
	}
	one.ID, one.Receiver = id, receiver(&n.Hook)
	return []owed.Message{one}, err
}

// errSeveral says that a notice lacks something.
var errSeveral = errors.New("body: the program gave more than one value, and the first of them is sent")

// receiver names the receiver of a webhook, the same from run to run, and without its
// address, which may be a secret.
func receiver(h *jobs.Hook) string {
	if h.AddressEnv != "" {
		return h.AddressEnv
	}
	sum := sha256.Sum256([]byte(h.Address.Text()))
	return "webhook " + hex.EncodeToString(sum[:8])
}

// receivers names all receivers of one entry of notify.
func receivers(n *jobs.Notify) []string {
	if n.Mail == nil {
		return []string{receiver(&n.Hook)}
	}
	var names []string
	for _, to := range message.Mails(n.Mail) {
		names = append(names, mailReceiver(to))
	}
	return names
}

// hearsOfFailures reports whether any entry of notify tells a receiver of failures. Such a
// receiver hears only of recoveries from failures that it was told of.
func hearsOfFailures(job *jobs.Job, name string) bool {
	return slices.ContainsFunc(job.Notify, func(n jobs.Notify) bool {
		return n.HeartbeatEnv == "" && slices.Contains(receivers(&n), name) && slices.Contains(n.On, string(EventFailure))
	})
}

func (o *Occasion) notice(ctx context.Context, n *jobs.Notify) (owed.Message, error) {
	values := placeholder.Values{Job: o.Job.Name, Run: o.Run, Tick: o.Tick, Zone: o.Job.Zone}
	hook, err := message.NewHook(&n.Hook, values)
	if err != nil {
		return owed.Message{}, err
	}
	var text []byte
	switch {
	case n.Hook.Body != nil:
		text, err = o.bodyOfProgram(ctx, n.Hook.Body)
	case n.Hook.Preset != "":
		text, err = webhook.Preset(n.Hook.Preset, o.preset())
	default:
		text, err = json.Marshal(o.fields())
	}
	if err != nil && !errors.Is(err, errSeveral) {
		return owed.Message{}, err
	}
	several := err
	sealed, err := message.Seal(owed.Message{Kind: string(o.Event), Target: hook.Target()}, hook, text)
	return sealed, cmp.Or(err, several)
}

func (o *Occasion) bodyOfProgram(ctx context.Context, program *jq.Program) ([]byte, error) {
	var text []byte
	for value, err := range program.Run(ctx, o.fields(), jq.Vars{Job: o.Job.Name, Tick: o.Tick, Zone: o.Job.Zone}) {
		switch {
		case text != nil:
			return text, errSeveral
		case err == nil:
			text, err = jq.Append(nil, value)
		}
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	if text == nil {
		return nil, fmt.Errorf("body: the program gave nothing")
	}
	return text, nil
}

// Heartbeats makes a ping for each heartbeat of an occasion's job. The suffix
// says which: "/start", "" for success, or "/fail", as healthchecks.io has them.
func Heartbeats(o Occasion, suffix string) (pings []owed.Message) {
	for i := range o.Job.Notify {
		name := o.Job.Notify[i].HeartbeatEnv
		if name == "" {
			continue
		}
		body, _ := json.Marshal(map[string]string{"job": o.Job.Name, "run": o.Run, "error": o.Error}) // strings always encode
		one := owed.Message{
			ID: o.id("heartbeat"+suffix, i), Kind: owed.KindHeartbeat, Target: name, Receiver: name,
		}
		if o.Message != "" {
			one.Cause = o.Cause // so that one ping is sent for all messages of a run that were given up
		}
		one, _ = message.Seal(one, message.Hook{AddressEnv: name, Suffix: suffix}, body) // strings always encode
		pings = append(pings, one)
	}
	return pings
}
