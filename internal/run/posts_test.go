package run_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/message"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/run"
)

const hookAt = `webhook: "http://127.0.0.1:9/"`

// TestWhatARunOwes: the messages of each output in order, with ids that say whose they
// are, and whose number no other has.
func TestWhatARunOwes(t *testing.T) {
	const head = `{"job":"one","run":"one@20260303T023000Z","tick":"2026-03-03T02:30:00Z"`
	for name, c := range map[string]struct {
		output  string
		records int
		bodies  []string // how they begin
		has     string   // in the first
	}{
		"batches":     {hookAt + ", batch: 2", 5, []string{head, head, head}, `"a0"`},
		"no records":  {hookAt, 0, []string{head}, `"records":[]`},
		"none wanted": {hookAt + ", only_if_any: true", 0, nil, ""},
		"a summary":   {hookAt + ", send: summary", 5, []string{head}, `"count":5`},
		"a program": {hookAt + `, body: '{n: .count, first: .records[0].id, changes, job: $job}'`, 2,
			[]string{`{"changes":null,"first":"a0","job":"one","n":2}`}, ""},
		"slack":   {hookAt + ", preset: slack", 12, []string{"{"}, "Model a9"},
		"discord": {hookAt + ", preset: discord", 1, []string{"{"}, "1 record"},
		"teams":   {hookAt + ", preset: teams", 1, []string{"{"}, "1 record"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put(shelfOf(c.records))
			result := n.good("    outputs: [{ " + c.output + " }, { file: out.ndjson }]\n")
			if len(result.Owed) != len(c.bodies) {
				t.Fatalf("owes %d messages, want %d", len(result.Owed), len(c.bodies))
			}
			for i, m := range result.Owed {
				body := message.Shown(m)
				if m.ID != fmt.Sprintf("%s.1.1.%d", runID(1), i+1) || m.Kind != owed.KindOutput || m.Output != "webhook http://127.0.0.1:9/" ||
					!strings.HasPrefix(body, c.bodies[i]) || !json.Valid([]byte(body)) || i == 0 && !strings.Contains(body, c.has) {
					t.Errorf("%+v: %s", m, body)
				}
			}
			if name == "slack" && strings.Contains(message.Shown(result.Owed[0]), "Model a10") {
				t.Error("a preset shows more than the first records")
			}
		})
	}
}

// shelfOf is a page of models.
func shelfOf(n int) []string {
	var page []string
	for i := range n {
		page = append(page, model(fmt.Sprintf("a%d", i), i))
	}
	return page
}

// TestMailComesLast: what webhooks need is known when there is room for attachments.
func TestMailComesLast(t *testing.T) {
	n := newNights(t)
	n.shelf.put(shelfOf(1))
	result := n.attempt(n.with(smtp, n.shelved("    outputs: [{ email: [a@example.com] }, { "+hookAt+" }, { file: out.csv }]\n")), 1)
	var ids []string
	for _, m := range result.Owed {
		ids = append(ids, strings.TrimPrefix(m.ID, "one@20260302T023000Z."))
	}
	if !slices.Equal(ids, []string{"1.2.1", "1.1.1"}) {
		t.Errorf("%s %s: %v", result.State, result.Error, ids)
	}
}

// TestMessagesThatAreTooMuch fail the run before a file is changed, for good.
func TestMessagesThatAreTooMuch(t *testing.T) {
	for name, c := range map[string]struct{ keys, says string }{
		"for a program": {"    select: 'range(100001)'\n    outputs: [{ " + hookAt + ", body: .count }, { file: out.ndjson }]\n",
			"output 1: body: 100001 records are more than a body program is given (100000); send batches instead"},
		"for a program, though few": {"    select: 'range(33) | \"x\" * 1048576'\n" +
			"    outputs: [{ " + hookAt + ", body: .count }, { file: out.ndjson }]\n",
			"output 1: body: 34.6 MB of records are more than a body program is given (32 MiB); send batches or a summary instead, or let select " +
				"make smaller ones"},
		"all together": {"    select: 'range(66) | \"x\" * 1048576'\n    outputs: [{ file: out.ndjson }, { " + hookAt + ", batch: 1 }]\n",
			"output 2: the messages of a run are more than 64 MiB; send a summary, or write a file"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNights(t)
			n.shelf.put(shelfOf(1))
			n.put("out.ndjson", "yesterday's")
			before := n.tree()
			n.ended(n.night(c.keys), end{run.Failed, true, false, 0, "message", c.says})
			n.holds(before)
		})
	}
}

// TestASecretAddressIsInNoMessage: what is owed names the variable, for it is kept.
func TestASecretAddressIsInNoMessage(t *testing.T) {
	t.Setenv("HOOK", "https://hooks.example.com/T0001/very-secret-path")
	t.Setenv("SIGN", "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyAuLi4u")
	n := newNights(t)
	n.shelf.put(shelfOf(1))
	result := n.good("    outputs: [{ webhook_env: HOOK, secret_env: SIGN }]\n")
	text, err := json.Marshal(result.Owed)
	if err != nil || len(result.Owed) != 1 || result.Owed[0].Target != "HOOK" {
		t.Fatalf("%v %s", err, text)
	}
	for _, secret := range []string{"very-secret-path", "c2VjcmV0IG9m", "hooks.example.com"} {
		if strings.Contains(string(text)+string(result.Owed[0].Body), secret) {
			t.Errorf("it holds %s: %s", secret, result.Owed[0].Body)
		}
	}
}
