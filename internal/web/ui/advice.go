package ui

import (
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// refusedWords are in the error of a run whose token the server didn't take.
const refusedWords = "refuses the token"

// What is said of words that systems have several of.
const (
	makeRoom    = "Make room on the disk, then run the job again."
	nobodyThere = "Nothing answers at the server's address: is it up, and is the address right?"
)

// advices say what to do about an error, by words that it holds: those of the system are POSIX's
// and Windows' own.
var advices = []struct{ words, todo string }{
	{"lacks the scope", "Make a new token in Speckle with the scopes that the job's page lists, and put it in the old one's place."},
	{refusedWords, "Make a new token in Speckle with the scopes that the job's page lists, and put it in the old one's place."},
	{"is not set", "Set this variable where runner serve is started, and start it again."},
	{"shrink_limit", "Look in Speckle whether so much is really gone. If it is: runner run JOB --accept-shrink."},
	{"timeout of", "Raise timeout: of the job, or look whether the server is slow today."},
	{"certificate", "Ask who runs the server or the proxy; docs/operating.md says how a company's own authority is made known."},
	{"stands in the server's place", "The server is away. When it is back, run the job again."},
	{"no space left", makeRoom},
	{"not enough space on the disk", makeRoom},
	{"Project not found", "Look at the project's id in the job file, and whether the token's owner is on that project."},
	{"may not see it", "Look at the ids in the job file, and whether the token's owner is on that project."},
	{"connection refused", nobodyThere},
	{"actively refused", nobodyThere},
	{"no such host", "The server's name isn't known here: is it spelled right, and is there a network?"},
}

// advice says what to do about a run that didn't end well.
func advice(state store.State, text string, job *jobs.Job) string {
	switch state {
	case store.Missed:
		return "Was runner serve stopped, or the machine asleep? missed: in the job file says what becomes of such a tick; " +
			"Run now makes up for it."
	case store.Interrupted:
		return "It was stopped before its end. Run it again if it should not wait for its next tick."
	case store.Canceled:
		return "Somebody ended it, or a newer run took its place. Run it again if it is wanted after all."
	}
	if todo, known := mending(text, job); known {
		return todo
	}
	return "Open the run: its error and its log say where it stopped. Once that is mended, run it again."
}

// tokenAdvice says what to do about a token that can't be used: a new one helps only
// where the server refuses the one that is there.
func tokenAdvice(text string, source secret.Source) string {
	todo, known := mending(text, nil)
	switch {
	case known:
		return todo
	case strings.Contains(text, secret.ErrMissing.Error()), strings.Contains(text, source.String()):
		if source.Env != "" {
			return "Mend the variable where runner serve is started, and start it again."
		}
		return "Mend it there: it is read again when a run starts."
	}
	return "Make a new token in Speckle and put it there."
}

// trialAdvice says what to do about a dry run that failed. It has no log.
func trialAdvice(text string, job *jobs.Job) string {
	if todo, known := mending(text, job); known {
		return todo
	}
	return "The error says where it stopped; a dry run has no log. Once that is mended, try it again."
}

// mending says what to do about an error that is known by its words.
func mending(text string, job *jobs.Job) (todo string, known bool) {
	for _, a := range advices {
		if strings.Contains(text, a.words) {
			name := "JOB"
			if job != nil {
				name = job.Name
			}
			return strings.ReplaceAll(a.todo, "JOB", name), true
		}
	}
	return "", false
}
