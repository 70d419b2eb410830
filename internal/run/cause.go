package run

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"
	"unicode"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// causeOf names why a run failed, the same each time: a cooldown is for one
// cause. Numbers, ids and times are no part of it.
func causeOf(err error, text string) string {
	if kind := kindOf(err); kind != "" {
		return kind
	}
	return CauseOf(text)
}

// reasonOf names the kind of a failure in words of ours, so that it may be counted and
// shown anywhere. A full disk is of files, and its cause is in its text all the same:
// ledgers compare that with what they hold.
func reasonOf(err error) string {
	kind := kindOf(err)
	if kind == "" && (as[*disk.Error](err) || as[*disk.RefusedError](err)) {
		kind = kindFiles
	}
	return cmp.Or(kind, "other")
}

// kindFiles is the kind of what the system says of files.
const kindFiles = "files"

// kindOf names the kinds of failures that are causes, too. "" is for all others.
func kindOf(err error) string {
	if as[*timeoutError](err) {
		return "timeout"
	}
	if e, ok := errors.AsType[*speckle.Error](err); ok {
		return string(e.Kind)
	}
	switch {
	case as[*speckle.ShortError](err):
		return "short"
	case as[*ShrinkError](err):
		return "shrink"
	case as[*TokenError](err), errors.Is(err, secret.ErrMissing):
		return "secret"
	case as[*sink.ProgramError](err):
		return "select"
	case as[*itemValueError](err):
		return "item"
	case ofElements(err):
		return causeOfElements(err)
	case as[*unclearError](err):
		return "unclear"
	case as[*owedError](err):
		return "message"
	case errors.Is(err, target.ErrExists):
		return "exists"
	case errors.Is(err, output.ErrColumns):
		return "columns"
	case errors.Is(err, output.ErrForm):
		return "form"
	case as[*record.MisfitError](err), as[*format.SheetError](err):
		return "type"
	case as[*blob.Error](err):
		return "storage"
	case as[*fs.PathError](err):
		return kindFiles
	}
	return ""
}

// causeWords is how much of a text names its cause.
const causeWords = 12

// CauseOf names the cause that a text is about: its first words, without those
// that may be others the next time.
func CauseOf(text string) string {
	var words []string
	for word := range strings.FieldsSeq(text) {
		if strings.IndexFunc(word, unicode.IsDigit) >= 0 || strings.ContainsAny(word, `/"'`+"`") {
			continue
		}
		if words = append(words, word); len(words) == causeWords {
			break
		}
	}
	return strings.Join(words, " ")
}

// ErrorOf gives the error of a failed run that a ledger tells of: of the same kind, as
// far as exit codes tell them apart.
func ErrorOf(cause, text string) error {
	switch cause {
	case "secret":
		return secret.ErrMissing
	case string(speckle.TokenRefused), string(speckle.ScopeMissing):
		return &speckle.Error{Kind: speckle.Kind(cause), Message: text}
	}
	return errors.New(text)
}
