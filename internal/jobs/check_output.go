package jobs

import (
	"reflect"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/said"
)

// output builds one output of a job.
func (l *loader) output(o *shape.Output, j *shape.Job) Output {
	out := Output{OnlyIfChanged: o.OnlyIfChanged.Value, Ignore: o.Ignore.Values()}
	kind := shape.ToWebhook
	switch {
	case o.File.Given():
		kind = shape.ToFile
	case o.Email.Given():
		kind = shape.ToMail
	case o.At.Node.Has("file"), !o.Webhook.Given() && !o.WebhookEnv.Given():
		return out // told: it has no value, or none that can be read
	}
	if !l.belongs(reflect.ValueOf(o).Elem(), kind) {
		return out
	}
	if o.Ignore.Given() && !o.OnlyIfChanged.Value {
		l.Problem(o.Ignore.At, document.Problem{Message: "ignore says which changes don't count, and nothing here asks for changes",
			Hint: "add only_if_changed: true, or remove ignore"})
	}
	switch kind {
	case shape.ToFile:
		l.fileOutput(o, j, &out)
	case shape.ToMail:
		out.Mail, out.OnlyIfAny = l.mail(o.Email, o.MaxAttachment.Value), o.OnlyIfAny.Value
	default:
		l.webhook(o, j, &out)
	}
	return out
}

// belongs refuses the keys of another kind of target, by name. It reports
// whether the target is of one kind at all.
func (l *loader) belongs(given reflect.Value, kind shape.Destination) bool {
	ok := true
	for _, k := range shape.KeysOf(given.Type()) {
		f := shape.FieldOf(given, k)
		if k.Fits(kind) || !f.Given() {
			continue
		}
		ok = false
		own := k.Of[0].Word()
		l.Problem(f.Place(), document.Problem{Message: k.Name + " belongs to " + own + ", and this is " + kind.Word(),
			Hint: "remove it, or give " + own + " an item of its own"})
	}
	return ok
}

// fileOutput fills in what belongs to a file.
func (l *loader) fileOutput(o *shape.Output, j *shape.Job, out *Output) {
	out.File = l.target(o.File.At, j)
	out.Columns, out.FormulaGuard, out.BOM, out.Separator = columnsOf(&o.Columns), o.FormulaGuard.Value, o.BOM.Value, o.Separator.Value
	out.Keep, out.Overwrite, out.Manifest = o.Keep.Value, o.Overwrite.Value, o.Manifest.Value
	format, known := l.format(o)
	out.Format = format
	if o.Latest.Given() {
		out.Latest = l.target(o.Latest.At, j)
		l.sameStorage(o)
		if known {
			l.latest(o, out)
		}
	}
	if known {
		l.tableKeys(o, format)
	}
	out.Append = o.Append.Value
	if out.Append {
		l.growing(o, out, known)
		return
	}
	if fixed := !out.File.PerRun() && !out.File.Uses("version"); fixed && !out.File.Uses("each") && o.Keep.Given() {
		l.Warning(o.Keep.At, document.Problem{Message: "the path is the same for every run, so there is one export to keep",
			Hint: "put {date} into the path, or remove keep"})
	} else if fixed && o.Overwrite.Given() && !o.Overwrite.Value {
		l.Warning(o.Overwrite.At, document.Problem{Message: "the path is the same for every run, so the second run will fail",
			Hint: "put {date} into the path, or remove overwrite"})
	}
}

// target parses the path or the address of a file and checks it.
func (l *loader) target(given shape.At, j *shape.Job) placeholder.Template {
	t := l.template(given, j.ForEach.Given())
	otherwise := l.otherwiseWritten(given, true)
	written := given.Node.Text
	if schemePattern().MatchString(written) {
		l.storage(given, j)
	} else if p := badPath(written); p.Message != "" && (!p.Warning || !otherwise) {
		l.Problem(given, p)
	}
	return t
}

// format finds how a file is written, from its key or its name.
func (l *loader) format(o *shape.Output) (format.Format, bool) {
	file, _ := address.Split(o.File.Value)
	named, err := format.Of(file)
	if !o.Format.Given() {
		if err != nil {
			l.Problem(o.File.At, formatless(file))
		}
		return named, err == nil
	}
	given, wrong := format.Parse(o.Format.Value)
	if wrong == nil && err == nil && named != given {
		l.Warning(o.Format.At, document.Problem{Message: "the file's name says " + named.String() + ", and format says " + given.String(),
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

func (l *loader) latest(o *shape.Output, out *Output) {
	of := out.Format
	file, _ := address.Split(o.Latest.Value)
	named, err := format.Of(file)
	switch {
	case err != nil && !o.Format.Given():
		l.Problem(o.Latest.At, document.Problem{Message: "latest is a copy of the file, and its name doesn't end like the file's",
			Hint: "end it in ." + of.String()})
	case err == nil && named != of:
		l.Problem(o.Latest.At, document.Problem{Message: "latest is a copy of the file, and that is " + of.String() + ", not " + named.String(),
			Hint: "end it in ." + of.String()})
	}
	for _, name := range out.File.Names() {
		if strings.HasPrefix(name, "each.") && !out.Latest.Uses(name) {
			l.Problem(o.Latest.At, document.Problem{Message: "the items of for_each would overwrite each other's latest",
				Hint: "put {" + name + "} into this path too"})
			return
		}
	}
}

// tableKeys refuses keys that the format has no use for.
func (l *loader) tableKeys(o *shape.Output, of format.Format) {
	if o.Columns.Given() {
		if !of.Table() {
			l.Problem(o.Columns.At, document.Problem{Message: "columns are for tables, and " + of.Name + " is none",
				Hint: "shape the records with select instead"})
		} else if len(o.Columns.Node.Items) == 0 {
			l.Problem(o.Columns.At, document.Problem{Message: "there is no column in the list", Hint: "remove the key: then the columns are found"})
		}
	}
	for _, only := range []shape.Field{&o.FormulaGuard, &o.BOM, &o.Separator} {
		if only.Given() && !of.Fields() {
			l.Problem(only.Place(), document.Problem{Message: lastKey(only.Place().Path) + " is for " +
				strings.Join(format.Which(format.Format.Fields), " and ") + ", and this is " + of.Name, Hint: "remove it"})
		}
	}
	if s := o.Separator; s.Given() && !slices.Contains(separators, s.Value) {
		l.Problem(s.At, document.Problem{Message: "want one character that values seldom contain, not " + said.Quoted(s.Value),
			Hint: `write ";", "|" or "\t" for a tab`})
	}
}

// separators are what readers of CSV know.
var separators = []string{",", ";", "|", "\t", ":", "~", "^", "#"}
