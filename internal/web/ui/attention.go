package ui

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/preflight"
	"speckle-runner/internal/store"
)

// card is one thing that needs a person, and what to do about it.
type card struct {
	Mark  string // how it looks
	Kind  string
	Title string
	URL   string // of what it is about, "" for none
	Since string
	Text  string // what happened
	Todo  string
}

const (
	// cardsEach is how many cards of one kind are shown: a list of a hundred is
	// none that anybody reads.
	cardsEach = 5
	// lowDisk is what an export of a large model takes.
	lowDisk = 1 << 30
)

// attention lists what needs a person, the most urgent first.
func (u *UI) attention(ctx context.Context, k *known) []card {
	var cards []card
	cards = append(cards, u.serviceCards(ctx)...)
	refused, ending, told := u.tokenCards(k)
	cards = append(cards, refused...)
	cards = append(cards, u.jobCards(k, told)...)
	return append(cards, ending...)
}

// jobCards are about jobs and their messages. told says what is told of their tokens already.
func (u *UI) jobCards(k *known, told map[string]string) []card {
	cards := append(u.stuckCards(k), u.failingCards(k, told)...)
	cards = append(cards, k.cards(late, func(job *jobs.Job) *card {
		return &card{
			Text: "It was due " + ago(k.next[job.Name], k.now) + ", and has not begun.",
			Todo: "See whether /readyz is ready and what the log of runner serve says; a higher --parallel lets more runs go on at once.",
		}
	})...)
	cards = append(cards, u.undeliveredCards(k)...)
	return append(cards, k.cards(retrying, func(job *jobs.Job) *card {
		return &card{
			Since: ago(k.stands[job.Name].Tick, k.now),
			Text:  "It failed, and is tried again " + ago(k.retrying[job.Name], k.now) + ".",
			Todo:  "Nothing to do yet: the cause of the failure may pass.",
		}
	})...)
}

// serviceCards are about the service itself.
func (u *UI) serviceCards(ctx context.Context) []card {
	var cards []card
	switch reload := u.o.Reload(); {
	case len(reload.Refused) > 0:
		for _, r := range reload.Refused {
			cards = append(cards, refusedCard(r))
		}
		cards = cut(cards, "Job file", "")
	case reload.Error != "":
		cards = append(cards, card{
			Mark: "failed", Kind: "Job file", Title: "The newest job file is refused", Text: secret.Mask(withoutLines(reload.Error)),
			Todo: "Mend these places and save the file: it is read again at once. Until then the one before stays in force.",
		})
	}
	if what, todo := u.o.Trouble(); what != "" {
		cards = append(cards, card{Mark: "failed", Kind: "Service", Title: "Jobs may not run",
			Text: sentence(what) + ".", Todo: sentence(todo) + "."})
	}
	if nodes, err := u.o.OtherFiles(ctx); err == nil && len(nodes) > 0 {
		cards = append(cards, card{
			Mark: "late", Kind: "Job file", Title: "Nodes have different job files",
			Text: "What a run exports depends on which node runs it. A different file is on " + figures.First(nodes, "more node") + ".",
			Todo: "Give all nodes the same job file: one that is mounted as a single file (subPath), or copied into an image, " +
				"doesn't follow a change.",
		})
	}
	if u.o.OutputDir == "" {
		return cards
	}
	if free, err := freeSpace(u.o.OutputDir); err == nil && free < lowDisk {
		cards = append(cards, card{
			Mark: "late", Kind: "Disk", Title: "The disk is nearly full", Text: figures.Size(int64(free)) + " are left where exports are written.",
			Todo: "Make room: keep: on an output bounds how many exports stay.",
		})
	}
	return cards
}

// refusedCard is about one of several job files: the others are in force.
func refusedCard(r jobs.Refused) card {
	c := card{
		Mark: "failed", Kind: "Job file", Title: secret.MaskAll(r.File) + " is refused", Text: secret.Mask(withoutLines(r.Problems.Error())),
		Todo: "Mend these places and save the file: it is read again at once.",
	}
	switch {
	case r.Kept:
		c.Todo += " Until then its jobs go on as they were: " + figures.First(r.Jobs, "more job") + "."
	case len(r.Jobs) > 0:
		c.Todo += " Until then its jobs don't run: " + figures.First(r.Jobs, "more job") + "."
	default:
		c.Todo += " Until then no job of it runs."
	}
	return c
}

// cards makes cards of the jobs in a condition, but of those for which there is none.
func (k *known) cards(c condition, of func(*jobs.Job) *card) []card {
	var cards []card
	more := 0
	for _, job := range k.jobs {
		if k.of(job) != c {
			continue
		}
		one := of(job)
		if one == nil {
			continue
		}
		if len(cards) == cardsEach {
			more++
			continue
		}
		one.Mark, one.Kind, one.Title = conditions[c].mark, conditions[c].word, job.Name
		if one.URL == "" {
			one.URL = "/jobs/" + job.Name
		}
		cards = append(cards, *one)
	}
	if more > 0 {
		cards = append(cards, card{
			Mark: conditions[c].mark, Kind: conditions[c].word, Title: fmt.Sprintf("and %s", said.Count(more, "more job")),
			URL: "/?show=attention", Todo: "The list below has all of them.",
		})
	}
	return cards
}

// stuckCards tell of runs that go on although their timeout is over.
func (u *UI) stuckCards(k *known) []card {
	return k.cards(stuck, func(job *jobs.Job) *card {
		p := k.underway[job.Name]
		return &card{
			URL: "/runs/" + p.Run, Since: "began " + ago(p.StartedAt, k.asked),
			Text: "Its timeout of " + job.Timeout.String() + " is over, and it can't be stopped: " +
				"what it works on doesn't answer. It keeps its place from other runs.",
			Todo: "See whether the output folder can still be written: a disk across a network that is gone hangs like this. " +
				"When it answers again, the run ends by itself.",
		}
	})
}

// failingCards leave out jobs that failed of what is told of their token.
func (u *UI) failingCards(k *known, told map[string]string) []card {
	return k.cards(failing, func(job *jobs.Job) *card {
		s := k.stands[job.Name]
		if of := told[job.Name]; of != "" && sameTrouble(of, s.Error) {
			return nil
		}
		c := &card{URL: "/runs/" + s.Run, Since: ago(s.Tick, k.now), Text: firstLine(s.Error)}
		switch {
		case s.State == store.Missed:
			c.Text = "A tick was missed: nothing was running when it was due."
		case s.State == store.Interrupted && c.Text == "":
			c.Text = "It was interrupted."
		}
		if s.Good.IsZero() {
			c.Since += ", and it never succeeded before"
		} else {
			c.Since += "; last good " + ago(s.Good, k.now)
		}
		c.Todo = advice(s.State, s.Error, job)
		return c
	})
}

// undeliveredCards tell of messages that were given up, or that receivers refuse;
// of jobs that have left the file, too.
func (u *UI) undeliveredCards(k *known) []card {
	var cards []card
	for _, name := range slices.Sorted(maps.Keys(k.lost)) {
		cards = append(cards, card{
			Mark: "undelivered", Kind: "Undelivered", Title: name, URL: "/deliveries",
			Text: figures.Count(k.lost[name], "message") + " could not be delivered. No more tries follow.",
			Todo: "See what the receiver answered and mend that; then send again, or give up.",
		})
	}
	for _, name := range slices.Sorted(maps.Keys(k.waiting)) {
		w := k.waiting[name]
		cards = append(cards, card{
			Mark: "retrying", Kind: "Waiting", Title: name, URL: "/deliveries", Since: "for " + span(k.now.Sub(w.Since)),
			Text: figures.Count(w.Messages, "message") + " could not be delivered yet. The receiver is tried again.",
			Todo: "Nothing to do if the receiver is away for a while; else see what it answers.",
		})
	}
	return cut(cards, "Undelivered", "/deliveries")
}

// sameTrouble reports whether a token's trouble is what a run failed of. A refusal has an id
// of its own each time.
func sameTrouble(token, run string) bool {
	return firstLine(token) == firstLine(run) || strings.Contains(token, refusedWords) && strings.Contains(run, refusedWords)
}

// tokenCards tell of tokens that servers refuse, and of those that end soon. Jobs
// that share a token share its card; told gives its words for each of them.
func (u *UI) tokenCards(k *known) (refused, ending []card, told map[string]string) {
	type place struct {
		server string
		source secret.Source
	}
	type shared struct {
		token Token
		jobs  []string
	}
	found := map[place]*shared{}
	var order []place
	for _, job := range k.jobs {
		token := u.o.Token(job.Name)
		if token == nil || job.Disabled {
			continue
		}
		at := place{job.Server.Origin(), job.Token}
		if found[at] == nil {
			found[at] = &shared{token: *token}
			order = append(order, at)
		}
		found[at].jobs = append(found[at].jobs, job.Name)
	}
	told = map[string]string{}
	for _, at := range order {
		f := found[at]
		source, users := at.source.Short(), "It is used by "+figures.First(f.jobs, "more job")+"."
		switch ends := f.token.ExpiresAt; {
		case f.token.Unasked:
			ending = append(ending, card{
				Mark: "late", Kind: "Token", Title: "The token in " + source + " couldn't be checked", URL: "/tokens",
				Text: secret.Mask(firstLine(f.token.Error)), Todo: users + " Its server couldn't be asked. Is it up, and is its address right?",
			})
		case !f.token.OK:
			for _, name := range f.jobs {
				told[name] = f.token.Error
			}
			refused = append(refused, card{
				Mark: "failed", Kind: "Token", Title: "The token in " + source + " can't be used", URL: "/tokens",
				Text: secret.Mask(firstLine(f.token.Error)), Todo: users + " " + tokenAdvice(f.token.Error, at.source),
			})
		case ends != nil && ends.Sub(k.now) < preflight.Soon:
			ending = append(ending, card{
				Mark: "late", Kind: "Token", Title: "The token in " + source + " ends " + ago(*ends, k.now), URL: "/tokens",
				Text: users, Todo: "Make a new one in Speckle before that, and put it in its place.",
			})
		}
	}
	return cut(refused, "Token", "/tokens"), cut(ending, "Token", "/tokens"), told
}

// cut leaves a few cards, and one that says how many more there are.
func cut(cards []card, kind, address string) []card {
	if len(cards) <= cardsEach {
		return cards
	}
	more := len(cards) - cardsEach
	return append(cards[:cardsEach], card{Mark: cards[0].Mark, Kind: kind, Title: fmt.Sprintf("and %d more", more), URL: address})
}

// withoutLines leaves the job file's own lines out of its problems, and the carets below
// them: a card shows all of it as one text, where they point nowhere.
func withoutLines(problems string) string {
	var kept []string
	for line := range strings.Lines(problems) {
		text := strings.TrimSuffix(line, "\n")
		hint, isHint := strings.CutPrefix(text, "    hint: ")
		switch {
		case isHint && len(kept) > 0:
			kept[len(kept)-1] += " (" + hint + ")"
		case !strings.HasPrefix(text, "    "):
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n")
}
