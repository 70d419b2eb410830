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

// causeOf names why a run failed. The same cause has the same name each time, without
// numbers, ids and times, because a cooldown of notices is for one cause.
func causeOf(err error, text string) string {
	if kind := kindOf(err); kind != "" {
		return kind
	}
	return CauseOf(text)
}

// reasonOf names the kind of a failure in one of a few fixed words, for metrics and
// traces. Errors of the disk are "files" here, but have no kind in causeOf: ledgers
// hold causes made of their text, and compare them with new ones.
func reasonOf(err error) string {
	kind := kindOf(err)
	if kind == "" && (as[*disk.Error](err) || as[*disk.RefusedError](err)) {
		kind = kindFiles
	}
	return cmp.Or(kind, "other")
}

// kindFiles is the kind of errors that the operating system gives about files.
const kindFiles = "files"

// kindOf names the kind of a failure where that is its cause, too; "" for all others.
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

// causeWords is how many words of a text name its cause.
const causeWords = 12

// CauseOf names the cause that an error's text is about: its first words, without
// numbers, paths and quotes, which may differ the next time.
func CauseOf(text string) string {
	var words []string
	for word := range strings.FieldsSeq(text) {
		if strings.IndexFunc(word, unicode.IsDigit) >= 0 || strings.ContainsAny(word, `/"'`+"`") {
			continue
		}
		words = append(words, word)
		if len(words) == causeWords {
			break
		}
	}
	return strings.Join(words, " ")
}

// ErrorOf gives an error for a failed run that is known from a ledger only. It is of
// the same kind as the run's own as far as exit codes depend on that.
func ErrorOf(cause, text string) error {
	switch cause {
	case "secret":
		return secret.ErrMissing
	case string(speckle.TokenRefused), string(speckle.ScopeMissing):
		return &speckle.Error{Kind: speckle.Kind(cause), Message: text}
	}
	return errors.New(text)
}
