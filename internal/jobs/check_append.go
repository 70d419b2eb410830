package jobs

import (
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/format"
)

// growing checks a file that runs add to.
func (l *loader) growing(o *outlet, out *Output, known bool) {
	if known && !out.Format.Grows() {
		l.problem(o.Append.at, document.Problem{Message: "append is for " + strings.Join(format.Which(format.Format.Grows), " and ") + ", and this is " +
			out.Format.Name, Hint: "write one of these, or remove append"})
	}
	if address.Is(o.File.value) {
		l.problem(o.Append.at, document.Problem{Message: "append is for files below the output directory, and this is in cloud storage",
			Hint: "put {date} into the path instead: most readers take a folder of files"})
	}
	for _, other := range []struct {
		place at
		given bool
		why   string
	}{
		{o.Latest.at, o.Latest.given(), "latest is a copy of the newest export, and this file holds all of them"},
		{o.Keep.at, o.Keep.given(), "keep counts exports, and this file holds all of them"},
		{o.Overwrite.at, o.Overwrite.given() && !o.Overwrite.value, "overwrite: false refuses a file that is there, and append continues it"},
	} {
		if other.given {
			l.problem(other.place, document.Problem{Message: other.why, Hint: "remove one of the two"})
		}
	}
	for _, name := range []string{"tick", "time", "run"} {
		if out.File.Uses(name) {
			l.warning(o.Append.at, document.Problem{Message: "the path is another one for every run, so there is nothing to add to",
				Hint: "write {month} or {year} instead of {" + name + "}, or remove append"})
			return
		}
	}
}
