package jobs

import (
	"path/filepath"
	"slices"
	"strings"
)

// OwnFile is a file that the runner reads: no export may take its place.
type OwnFile struct{ Path, What string }

// OwnFiles gives the job file with the query and token files that its jobs
// name, each once.
func (f *File) OwnFiles() []OwnFile {
	var own []OwnFile
	for _, part := range f.parts() {
		own = append(own, OwnFile{part.Name, "the job file"})
		for _, j := range part.Jobs {
			j.reads(func(name, what string) {
				if name != "" {
					own = append(own, OwnFile{part.beside(name), what})
				}
			})
		}
	}
	for _, r := range f.Refused {
		own = append(own, OwnFile{r.File, "the job file"})
	}
	slices.SortStableFunc(own, func(a, b OwnFile) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(own, func(a, b OwnFile) bool { return a.Path == b.Path })
}

// beside gives the path of a file that the job file names.
func (f *File) beside(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.Dir, name)
}

// Sources gives all paths whose content decides on the job file: job files, query files, and
// the folders in which job files are looked for.
func (f *File) Sources() []string {
	names := slices.Clone(f.given)
	for _, part := range f.parts() {
		names = append(names, part.Name)
		for _, j := range part.Jobs {
			if j.QueryFile != "" {
				names = append(names, part.beside(j.QueryFile))
			}
			if j.ForEach != nil && j.ForEach.QueryFile != "" {
				names = append(names, part.beside(j.ForEach.QueryFile))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reads gives the files that a job names, as it names them.
func (j *Job) reads(add func(name, what string)) {
	add(j.Token.File, "the token file of "+j.Name)
	add(j.QueryFile, "the query file of "+j.Name)
	if j.ForEach != nil {
		add(j.ForEach.QueryFile, "the query file of "+j.Name)
	}
}
