package jobs

import (
	"path"
	"path/filepath"

	"speckle-runner/internal/jobs/document"
)

// ownPaths gives the paths, as outputs write them, of files that the runner itself reads. They
// are taken relative to the job file's folder, where --output-dir mostly is, and as the
// command line has them. Only a run knows the real --output-dir, and checks again.
func (l *loader) ownPaths(jobs []*Job) map[string]OwnFile {
	own := map[string]OwnFile{}
	add := func(name, what string) {
		name = filepath.ToSlash(name)
		if name == "" || path.IsAbs(name) || filepath.IsAbs(name) {
			return
		}
		for _, written := range []string{name, path.Join(filepath.ToSlash(l.dir), name)} {
			written = path.Clean(written)
			own[sameName(written)] = OwnFile{written, what}
		}
	}
	add(filepath.Base(l.Src.Name), "the job file")
	for _, j := range jobs {
		j.reads(add)
	}
	return own
}

// overOwn refuses to write over a file that the runner reads.
func (l *loader) overOwn(name string, t targetFile) {
	own, is := l.own[sameName(name)]
	if !is {
		return
	}
	p := document.Problem{Message: "this would write over " + own.What,
		Hint: "give the output a path of its own, such as exports/{job}/{date}.csv"}
	if own.Path != name {
		where, why, here := oneFile(own.Path, name)
		p.Message, p.Warning = "on "+where+" this would write over "+own.What+": "+why, !here
	}
	l.Problem(t.place, p)
}
