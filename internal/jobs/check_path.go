package jobs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/placeholder"
)

// target parses the path of a file and checks it.
func (l *loader) target(given at, each bool) placeholder.Template {
	t := l.template(given, each)
	if p := badPath(given.node.text); p.Message != "" {
		p.Path = given.path
		l.problems.add(l.src, given.node.line, given.node.col, p)
	}
	return t
}

var (
	schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+)://(.*)$`)
	drivePattern  = regexp.MustCompile(`^[A-Za-z]:`)
	bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]+$`)
	onePattern    = regexp.MustCompile(`\{\{|\}\}|\{([^{}]*)\}`)
)

// plainPath is a path with its placeholders as f writes them.
func plainPath(path string, f func(name string) string) string {
	return onePattern.ReplaceAllStringFunc(path, func(found string) string {
		switch found {
		case "{{", "}}":
			return found[:1]
		}
		name, _, _ := strings.Cut(found[1:len(found)-1], ":")
		return f(name)
	})
}

// badPath says why a text can't be the path of an output: it would leave the
// output directory, or not be the same file on every system.
func badPath(written string) Problem {
	path := plainPath(written, func(string) string { return "0" })
	if scheme := schemePattern.FindStringSubmatch(path); scheme != nil {
		return badAddress(scheme[1], scheme[2])
	}
	switch {
	case strings.HasPrefix(path, "/"), drivePattern.MatchString(path) && !strings.HasPrefix(written, "{"):
		return Problem{Message: "the path is absolute", Hint: "write it from --output-dir on, as in exports/{job}/{date}.csv"}
	case strings.HasPrefix(path, "~"):
		return Problem{Message: "~ isn't expanded here", Hint: "write the path from --output-dir on"}
	case strings.Contains(path, `\`):
		return Problem{Message: `a path has / on every system, not \`, Hint: "write " + cut(strings.ReplaceAll(written, `\`, "/"))}
	case path == ".runner" || strings.HasPrefix(strings.ToLower(path), ".runner/"):
		return Problem{Message: ".runner is the runner's own folder", Hint: "write to another one"}
	}
	if p := badSegments(path); p.Message != "" {
		return p
	}
	return notOnWindows(path)
}

func badSegments(path string) Problem {
	segments := strings.Split(path, "/")
	switch {
	case strings.HasSuffix(path, "/"):
		return Problem{Message: "the path names a folder", Hint: "add a file name, such as {date}.csv"}
	case slices.Contains(segments, ".."):
		return Problem{Message: ".. would leave the output directory", Hint: "write the path from --output-dir on"}
	case slices.Contains(segments, ""):
		return Problem{Message: "the path has // in it", Hint: "write one /"}
	case slices.Contains(segments, "."):
		return Problem{Message: "the path has a . of its own between slashes", Hint: "leave it out"}
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Problem{Message: "the path holds a control character", Hint: "write it on one line, without tabs"}
	case strings.TrimSpace(path) != path:
		return Problem{Message: "the path begins or ends with a space"}
	}
	return Problem{}
}

// badAddress checks a place in a cloud's storage.
func badAddress(scheme, rest string) Problem {
	bucket, path, _ := strings.Cut(rest, "/")
	switch {
	case scheme == "file":
		return Problem{Message: "file:// isn't needed", Hint: "write the path alone, from --output-dir on"}
	case scheme == "http" || scheme == "https":
		return Problem{Message: "a file isn't written to a web address", Hint: "write webhook: to post records there, or s3://, gs:// or azblob:// for storage"}
	case !slices.Contains([]string{"s3", "gs", "azblob"}, scheme):
		hint := didYouMean(scheme, []string{"s3", "gs", "azblob"})
		switch scheme {
		case "gcs":
			hint = "did you mean gs?"
		case "azure", "abfs", "abfss", "wasb", "wasbs", "az":
			hint = "did you mean azblob?"
		}
		return Problem{Message: fmt.Sprintf("the runner can't write to %s://", cut(scheme)), Hint: hint}
	case !bucketPattern.MatchString(bucket):
		return Problem{Message: "the address names no bucket", Hint: "write " + scheme + "://my-bucket/exports/{date}.csv"}
	case path == "":
		return Problem{Message: "the address names a bucket and no file", Hint: "write " + scheme + "://" + bucket + "/exports/{date}.csv"}
	case strings.Contains(path, "?") || strings.Contains(path, "#"):
		return Problem{Message: "an address of storage ends with the file's name", Hint: "settings of the storage come from its own environment variables"}
	}
	return badSegments(path)
}

var reservedName = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)`)

// notOnWindows warns of names that Windows can't hold: the file works here,
// and not at a colleague's.
func notOnWindows(path string) Problem {
	for segment := range strings.SplitSeq(path, "/") {
		switch i := strings.IndexAny(segment, `<>:"|?*`); {
		case i >= 0:
			return Problem{Warning: true, Message: fmt.Sprintf("Windows takes no %c in a name", segment[i]), Hint: "choose another name if anybody uses Windows"}
		case reservedName.MatchString(segment):
			return Problem{Warning: true, Message: fmt.Sprintf("Windows takes no file called %s", cut(segment)), Hint: "choose another name if anybody uses Windows"}
		case strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " "):
			return Problem{Warning: true, Message: "Windows takes no name that ends with a dot or a space", Hint: "choose another name if anybody uses Windows"}
		}
	}
	return Problem{}
}
