package jobs

import (
	"fmt"
	"path"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// targets refuses two outputs that would write the same file. Paths are
// compared in one form: {date} is {year}-{month}-{day}, and {job} the name.
func (l *loader) targets(jobs []*Job) {
	exact, folded := map[string]targetFile{}, map[string]targetFile{}
	l.own = l.ownPaths(jobs)
	for i, n := range l.top.Jobs.List {
		if i >= len(jobs) {
			return
		}
		l.claims = append(l.claims, l.claimOfJob(n))
		for _, o := range n.Job.Outputs.Items {
			if !o.File.Given() {
				continue
			}
			l.claim(exact, folded, o.File.Value, targetFile{job: n.Name, what: "file", place: o.File.At})
			if o.Latest.Given() {
				l.claim(exact, folded, o.Latest.Value, targetFile{job: n.Name, what: "latest", place: o.Latest.At})
			}
			if o.Append.Value && !address.Is(o.File.Value) {
				l.claim(exact, folded, target.PartsPath(o.File.Value), targetFile{job: n.Name, what: "note of append", place: o.Append.At})
			}
			if o.Manifest.Value {
				l.claim(exact, folded, manifestOf(o.File.Value), targetFile{job: n.Name, what: "manifest", place: o.Manifest.At})
			}
		}
	}
}

func (l *loader) claim(exact, folded map[string]targetFile, written string, t targetFile) {
	name := normalPath(written, t.job)
	l.claims = append(l.claims, l.claimOfFile(name, t))
	first, taken := exact[name]
	fold := sameName(name)
	alike, likely := folded[fold]
	if !taken {
		t.path = name
		exact[name] = t
	}
	if !likely {
		folded[fold] = t
	}
	switch {
	case taken && besideSame(t.what, first.what), !taken && likely && besideSame(t.what, alike.what): // told at their outputs
	case taken:
		l.Problem(t.place, document.Problem{Message: "this writes the same file as " + first.name(t.job),
			Hint: "give each output a path of its own, as with {job}"})
	case likely && !address.Is(name):
		where, why, here := oneFile(alike.path, name)
		p := document.Problem{Message: "on " + where + " this is the same file as " + alike.name(t.job) + ": " + why, Hint: mending(alike, t)}
		p.Warning = !here
		l.Problem(t.place, p)
	}
	l.overOwn(name, t)
}

func (l *loader) claimOfJob(n shape.NamedJob) claim {
	return claim{key: claimed{name: n.Name}, job: n.Name, line: n.Place.Node.Line, col: n.Place.Node.Col,
		path: l.kept.texts.keep(n.Place.Path)}
}

// claimOfFile claims a path in its one form, as this system tells names apart.
func (l *loader) claimOfFile(name string, t targetFile) claim {
	if !address.Is(name) && (system == "windows" || system == "darwin") {
		name = sameName(name)
	}
	what := t.what
	if what == "file" {
		what = "output"
	}
	return claim{key: claimed{true, l.kept.texts.keep(name)}, job: t.job, what: what, line: t.place.Node.Line, col: t.place.Node.Col,
		path: l.kept.texts.keep(t.place.Path)}
}

// mending says how two outputs come to write two files.
func mending(first, second targetFile) string {
	if first.job != second.job {
		return "give each output a path of its own, as with {job}"
	}
	return "give each output a path of its own"
}

// name tells where the first one stands.
func (t targetFile) name(from string) string {
	what := "the " + t.what
	if t.what == "file" {
		what = "the output"
	}
	if t.job != from {
		what += " of " + t.job
	}
	return fmt.Sprintf("%s in line %d", what, t.place.Node.Line)
}

// normalPath writes a path in one way, whatever placeholders were chosen.
func normalPath(written, job string) string {
	plain := plainPath(written, func(name string) string {
		switch name {
		case "job":
			return job
		case "date":
			return "{year}-{month}-{day}"
		}
		return "{" + name + "}"
	})
	if schemePattern().MatchString(plain) {
		if a, err := address.Parse(plain); err == nil {
			return a.Place()
		}
		return plain
	}
	return path.Clean(plain)
}
