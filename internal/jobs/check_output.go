package jobs

import (
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/said"
)

// output builds one output of a job.
func (l *loader) output(o *outlet, j *job) Output {
	out := Output{OnlyIfChanged: o.OnlyIfChanged.value, Ignore: o.Ignore.values()}
	kind := toWebhook
	if o.At.node.Has("file") {
		kind = toFile
	}
	if !o.File.given() && !o.Webhook.given() && !o.WebhookEnv.given() {
		return out // told
	}
	if !l.belongs(reflect.ValueOf(o).Elem(), kind) {
		return out
	}
	if o.Ignore.given() && !o.OnlyIfChanged.value {
		l.problem(o.Ignore.at, document.Problem{Message: "ignore says which changes don't count, and nothing here asks for changes",
			Hint: "add only_if_changed: true, or remove ignore"})
	}
	if o.File.given() {
		l.fileOutput(o, j, &out)
	} else {
		l.webhook(o, j, &out)
	}
	return out
}

// belongs refuses the keys of another kind of target, by name. It reports
// whether the target is of one kind at all.
func (l *loader) belongs(shape reflect.Value, kind destination) bool {
	ok := true
	for _, k := range keysOf(shape.Type()) {
		f := fieldOf(shape, k)
		if k.of == "" || k.of == kind || !f.given() {
			continue
		}
		ok = false
		own := "a " + string(k.of)
		l.problem(f.place(), document.Problem{Message: k.name + " belongs to " + own + ", and this is a " + string(kind),
			Hint: "remove it, or give " + own + " an item of its own"})
	}
	return ok
}

// fileOutput fills in what belongs to a file.
func (l *loader) fileOutput(o *outlet, j *job, out *Output) {
	out.File = l.target(o.File.at, j)
	out.Columns, out.FormulaGuard, out.BOM, out.Separator = o.Columns.values(), o.FormulaGuard.value, o.BOM.value, o.Separator.value
	out.Keep, out.Overwrite, out.Manifest = o.Keep.value, o.Overwrite.value, o.Manifest.value
	format, known := l.format(o)
	out.Format = format
	if o.Latest.given() {
		out.Latest = l.target(o.Latest.at, j)
		l.sameStorage(o)
		if known {
			l.latest(o, out)
		}
	}
	if known {
		l.tableKeys(o, format)
	}
	if out.Append = o.Append.value; out.Append {
		l.growing(o, out, known)
		return
	}
	if fixed := !out.File.PerRun() && !out.File.Uses("version"); fixed && !out.File.Uses("each") && o.Keep.given() {
		l.warning(o.Keep.at, document.Problem{Message: "the path is the same for every run, so there is one export to keep",
			Hint: "put {date} into the path, or remove keep"})
	} else if fixed && o.Overwrite.given() && !o.Overwrite.value {
		l.warning(o.Overwrite.at, document.Problem{Message: "the path is the same for every run, so the second run will fail",
			Hint: "put {date} into the path, or remove overwrite"})
	}
}

// format finds how a file is written, from its key or its name.
func (l *loader) format(o *outlet) (format.Format, bool) {
	file, _ := address.Split(o.File.value)
	named, err := format.Of(file)
	if !o.Format.given() {
		if err != nil {
			l.problem(o.File.at, formatless(file))
		}
		return named, err == nil
	}
	given, wrong := format.Parse(o.Format.value)
	if wrong == nil && err == nil && named != given {
		l.warning(o.Format.at, document.Problem{Message: "the file's name says " + named.String() + ", and format says " + given.String(),
			Hint: "programs that open it go by the name"})
	}
	return given, wrong == nil
}

func formatless(name string) document.Problem {
	p := document.Problem{Message: "the name doesn't say how the file is written"}
	p.Hint = "end it in ." + strings.Join(plainFormats(), ", .") + "; text also with .gz or .zst behind; or set format"
	parts := strings.Split(strings.ToLower(name[strings.LastIndex(name, "/")+1:]), ".")
	last := parts[len(parts)-1]
	switch {
	case len(parts) > 2 && format.CompressedItself(parts[len(parts)-2], last):
		p = document.Problem{Message: "." + parts[len(parts)-2] + " is compressed already", Hint: "leave out ." + last}
	case slices.Contains([]string{"zip", "bz2", "xz", "7z"}, last):
		p.Message = "the runner doesn't write ." + last
	case len(parts) > 1 && !strings.ContainsAny(last, "{}"):
		if best := spelling.Meant(last, plainFormats()); best != "" {
			p.Hint = "did you mean ." + best + "?"
		}
		switch last {
		case "xls":
			p.Hint = "did you mean .xlsx?"
		case "jsonl":
			p.Hint = "did you mean .ndjson? For another name, set format: ndjson"
		case "txt", "tsv":
			p.Hint = "set format: csv, with separator: \"\\t\" for tabs"
		}
	}
	return p
}

// plainFormats gives the formats without those that are compressed.
func plainFormats() []string {
	return slices.DeleteFunc(format.Names(), func(name string) bool { return strings.Contains(name, ".") })
}

func (l *loader) latest(o *outlet, out *Output) {
	of := out.Format
	file, _ := address.Split(o.Latest.value)
	named, err := format.Of(file)
	switch {
	case err != nil && !o.Format.given():
		l.problem(o.Latest.at, document.Problem{Message: "latest is a copy of the file, and its name doesn't end like the file's",
			Hint: "end it in ." + of.String()})
	case err == nil && named != of:
		l.problem(o.Latest.at, document.Problem{Message: "latest is a copy of the file, and that is " + of.String() + ", not " + named.String(),
			Hint: "end it in ." + of.String()})
	}
	for _, name := range out.File.Names() {
		if strings.HasPrefix(name, "each.") && !out.Latest.Uses(name) {
			l.problem(o.Latest.at, document.Problem{Message: "the items of for_each would overwrite each other's latest",
				Hint: "put {" + name + "} into this path too"})
			return
		}
	}
}

// tableKeys refuses keys that the format has no use for.
func (l *loader) tableKeys(o *outlet, of format.Format) {
	if o.Columns.given() {
		if !of.Table() {
			l.problem(o.Columns.at, document.Problem{Message: "columns are for tables, and " + of.Name + " is none",
				Hint: "shape the records with select instead"})
		} else if len(o.Columns.items) == 0 {
			l.problem(o.Columns.at, document.Problem{Message: "there is no column in the list", Hint: "remove the key: then the columns are found"})
		}
	}
	for _, only := range []field{&o.FormulaGuard, &o.BOM, &o.Separator} {
		if only.given() && !of.Fields() {
			l.problem(only.place(), document.Problem{Message: lastKey(only.place().path) + " is for " +
				strings.Join(format.Which(format.Format.Fields), " and ") + ", and this is " + of.Name, Hint: "remove it"})
		}
	}
	if s := o.Separator; s.given() && !slices.Contains(separators, s.value) {
		l.problem(s.at, document.Problem{Message: "want one character that values are seldom made of, not " + said.Quoted(s.value),
			Hint: `write ";", "|" or "\t" for a tab`})
	}
}

// separators are what readers of CSV know.
var separators = []string{",", ";", "|", "\t", ":", "~", "^", "#"}

func lastKey(path string) string { return path[strings.LastIndex(path, ".")+1:] }
