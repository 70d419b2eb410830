package jobs

import (
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/format"
)

// growing checks a file that runs add to.
func (l *loader) growing(o *shape.Output, out *Output, known bool) {
	if known && !out.Format.Grows() {
		l.Problem(o.Append.At, document.Problem{Message: "append is for " + strings.Join(format.Which(format.Format.Grows), " and ") +
			", and this is " +
			out.Format.Name, Hint: "write one of these, or remove append"})
	}
	if address.Is(o.File.Value) {
		l.Problem(o.Append.At, document.Problem{Message: "append is for files below the output directory, and this is in cloud storage",
			Hint: "put {date} into the path instead: most readers take a folder of files"})
	}
	for _, other := range []struct {
		place shape.At
		given bool
		why   string
	}{
		{o.Latest.At, o.Latest.Given(), "latest is a copy of the newest export, and this file holds all of them"},
		{o.Keep.At, o.Keep.Given(), "keep counts exports, and this file holds all of them"},
		{o.Overwrite.At, o.Overwrite.Given() && !o.Overwrite.Value, "overwrite: false refuses a file that is there, and append continues it"},
	} {
		if other.given {
			l.Problem(other.place, document.Problem{Message: other.why, Hint: "remove one of the two"})
		}
	}
	for _, name := range []string{"tick", "time", "run"} {
		if out.File.Uses(name) {
			l.Warning(o.Append.At, document.Problem{Message: "the path is different for every run, so there is nothing to add to",
				Hint: "write {month} or {year} instead of {" + name + "}, or remove append"})
			return
		}
	}
}
