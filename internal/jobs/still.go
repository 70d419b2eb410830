package jobs

import (
	"os"
	"slices"
)

// StillThere reports whether the file would be read the same once more: its text and its
// query files' are what they were when it was loaded, and its folders have the same job
// files. It reads them and checks nothing, which takes a hundredth of loading. Of several
// files with a refused one it can't be told.
func (f *File) StillThere() bool {
	if f.Refused != nil {
		return false
	}
	if f.given != nil {
		names, problems := jobFiles(f.given)
		same := slices.EqualFunc(names, f.Parts, func(name string, part *File) bool { return name == part.Name })
		if len(problems) > 0 || !same {
			return false
		}
	}
	return !slices.ContainsFunc(f.parts(), func(part *File) bool { return part.hashNow() != part.Hash })
}

// Once reports whether the file can't be read a second time, as a pipe can't.
func (f *File) Once() bool {
	if f.given != nil {
		return false
	}
	info, err := os.Stat(f.Name)
	return err == nil && isIrregular(info)
}

// hashNow gives the Hash of the files as they are now; "": something can't be read. A pipe
// can't be read twice, so it counts as unchanged.
func (f *File) hashNow() string {
	if f.Once() {
		return f.Hash
	}
	data, err := readFile(f.Name)
	if err != nil {
		return ""
	}
	d := newDigest(data)
	for _, name := range f.queries {
		data, err := readBeside(f.Dir, name)
		if err != nil {
			return ""
		}
		d.add(name, data)
	}
	return d.sum()
}
