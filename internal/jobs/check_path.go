package jobs

import (
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/pattern"
)

var (
	schemePattern = pattern.New(`^[A-Za-z][A-Za-z0-9+.-]+://`)
	drivePattern  = pattern.New(`^[A-Za-z]:`)
	onePattern    = pattern.New(`\{\{|\}\}|\{([^{}]*)\}`)
)

// plainPath is a path with its placeholders as f writes them.
func plainPath(path string, f func(name string) string) string {
	return onePattern().ReplaceAllStringFunc(path, func(found string) string {
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
func badPath(written string) document.Problem {
	path := plainPath(written, func(string) string { return "0" })
	switch {
	case drivePattern().MatchString(path) && !strings.HasPrefix(written, "{"):
		return document.Problem{Message: "the path begins with a drive, " + path[:2], Hint: belowHint(written)}
	case strings.HasPrefix(path, "/"):
		return document.Problem{Message: "the path is absolute", Hint: belowHint(written)}
	case strings.HasPrefix(path, `\\`):
		return document.Problem{Message: "the path begins with a share", Hint: belowHint(written)}
	case strings.HasPrefix(path, "~"):
		return document.Problem{Message: "~ isn't expanded here", Hint: belowHint(written)}
	case strings.Contains(path, `\`):
		return document.Problem{Message: `a path has / on every system, not \`, Hint: "write " + shape.Cut(strings.ReplaceAll(written, `\`, "/"))}
	case path == ".runner" || strings.HasPrefix(strings.ToLower(path), ".runner/"):
		return document.Problem{Message: ".runner is the runner's own folder", Hint: "write to another one"}
	}
	if p := badSegments(path); p.Message != "" {
		return p
	}
	return notOnWindows(path)
}

// belowHint takes a whole path apart into the folder that is given to the commands and
// what is written below it.
func belowHint(written string) string {
	slashed := strings.ReplaceAll(written, `\`, "/")
	front, _, _ := strings.Cut(slashed, "{")
	at := strings.LastIndexByte(front, '/')
	if at < 1 || at > 80 || strings.HasSuffix(written[:at], ":") || slashed[at+1:] == "" {
		return "write it relative to --output-dir, as in exports/{job}/{date}.csv"
	}
	folder := written[:at]
	if strings.Contains(folder, " ") {
		folder = `"` + folder + `"`
	}
	return "write " + shape.Cut(slashed[at+1:]) + ", and run the commands with --output-dir " + folder
}

func badSegments(path string) document.Problem {
	segments := strings.Split(path, "/")
	switch {
	case strings.HasSuffix(path, "/"):
		return document.Problem{Message: "the path names a folder", Hint: "add a file name, such as {date}.csv"}
	case slices.Contains(segments, ".."):
		return document.Problem{Message: ".. would leave the output directory", Hint: "write the path relative to --output-dir"}
	case slices.Contains(segments, ""):
		return document.Problem{Message: "the path has // in it", Hint: "write one /"}
	case slices.Contains(segments, "."):
		return document.Problem{Message: "the path has a . of its own between slashes", Hint: "leave it out"}
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return document.Problem{Message: "the path holds a control character", Hint: `write it on one line, without tabs; in double quotes \n and \t are such: / stands in a path`}
	case strings.TrimSpace(path) != path:
		return document.Problem{Message: "the path begins or ends with a space"}
	}
	return document.Problem{}
}

var reservedName = pattern.New(`(?i)^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)`)

// notOnWindows warns of names that Windows can't hold: the file works here,
// and not at a colleague's.
func notOnWindows(path string) document.Problem {
	for segment := range strings.SplitSeq(path, "/") {
		switch i := strings.IndexAny(segment, `<>:"|?*`); {
		case i >= 0:
			return document.Problem{Warning: true, Message: fmt.Sprintf("Windows takes no %c in a name", segment[i]),
				Hint: "choose another name if anybody uses Windows"}
		case reservedName().MatchString(segment):
			return document.Problem{Warning: true, Message: fmt.Sprintf("Windows takes no file called %s", shape.Cut(segment)),
				Hint: "choose another name if anybody uses Windows"}
		case strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " "):
			return document.Problem{Warning: true, Message: "Windows takes no name that ends with a dot or a space",
				Hint: "choose another name if anybody uses Windows"}
		}
	}
	return document.Problem{}
}
