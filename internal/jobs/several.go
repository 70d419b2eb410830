package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
)

// RefusedError says which of several files are refused, and why.
func (f *File) RefusedError() error {
	var all document.Problems
	for _, r := range f.Refused {
		all = append(all, r.Problems...)
	}
	return all
}

// LoadAll reads the job files that are given, by name or by their folder. A single file is
// read as LoadFile does: all or nothing. Of several files, a bad one is refused and the
// others are put together; what the bad one had in force before stays. The result is nil
// where none is good. Names of jobs and paths of outputs must be unique in all files: the
// file that comes later is refused.
func LoadAll(given []string, before *File) (*File, document.Problems) {
	if len(given) == 1 && !isFolder(given[0]) {
		if before != nil {
			return beginFile(given[0], ReadRegular).alone()
		}
		return LoadFile(given[0])
	}
	names, problems := jobFiles(given)
	if len(problems) > 0 {
		return nil, problems
	}
	s := newSeveral(names, before)
	s.hold()
	return s.together(given)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// jobFiles gives the job files that are meant, in order, each once, by whatever links they are
// reached. A folder that can't be read, or that has none, is a problem: probably its jobs aren't
// meant to be gone.
func jobFiles(given []string) (names []string, problems document.Problems) {
	seen := map[string]bool{}
	add := func(name string) {
		whole, err := filepath.Abs(name)
		if err != nil {
			whole = name
		}
		if led, err := filepath.EvalSymlinks(whole); err == nil {
			whole = led
		}
		if !seen[whole] {
			seen[whole] = true
			names = append(names, name)
		}
	}
	for _, path := range given {
		if !isFolder(path) {
			add(path)
			continue
		}
		entries, err := os.ReadDir(path)
		p := document.Problem{File: path, Line: 1, Col: 1, Message: "there is no job file in this folder",
			Hint: "their names end in .yaml or .yml"}
		if err != nil {
			p.Message, p.Hint = "the folder can't be read: "+err.Error(), ""
		}
		count := len(names)
		for _, entry := range entries {
			if name := filepath.Join(path, entry.Name()); namesJobFile(entry.Name()) && !isFolder(name) {
				count--
				add(name)
			}
		}
		if err != nil || count == len(names) {
			problems = append(problems, p)
		}
	}
	return names, problems
}

// namesJobFile tells job files from what else lies in a folder. Editors' copies, and
// the folders that Kubernetes swaps, begin with a dot.
func namesJobFile(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return !strings.HasPrefix(name, ".") && (ext == ".yaml" || ext == ".yml")
}

// several are job files on their way to be put together.
type several struct{ siblings []*sibling }

// sibling is one of several job files.
type sibling struct {
	*begun

	before *File // what of it was in force; nil: nothing
	force  *File // what of it will be
}

// newSeveral reads all files. A scope that one file's jobs don't need may be for
// those of another that have the same token.
func newSeveral(names []string, before *File) *several {
	inForce := map[string]*File{}
	if before != nil {
		for _, part := range before.parts() {
			inForce[part.Name] = part
		}
	}
	s := &several{}
	var all []*Job
	for _, name := range names {
		m := &sibling{begun: beginFile(name, ReadRegular), before: inForce[name]}
		s.siblings, all = append(s.siblings, m), append(all, m.file.Jobs...)
	}
	for _, m := range s.siblings {
		if m.loader != nil {
			m.loader.excess(all)
		}
		m.force = m.before
		if m.good() {
			m.force = m.file
		}
		m.loader = nil
	}
	return s
}

// hold refuses files until no two have the same claim. The file that had a claim before, and
// still has it, keeps it; else the first file gets it.
func (s *several) hold() {
	for {
		owners := s.owners()
		i := slices.IndexFunc(s.siblings, func(m *sibling) bool { return m.yields(owners) })
		if i < 0 {
			return
		}
		m := s.siblings[i]
		if m.force == m.before {
			m.force = nil
		} else {
			m.force = m.before
		}
	}
}

// owner is who has a claim.
type owner struct {
	sibling *sibling
	claim   *claim
}

func (s *several) owners() map[claimed]owner {
	owners := map[claimed]owner{}
	take := func(m *sibling, had func(key claimed) bool) {
		if m.force == nil {
			return
		}
		for i := range m.force.claims {
			c := &m.force.claims[i]
			if _, taken := owners[c.key]; !taken && had(c.key) {
				owners[c.key] = owner{m, c}
			}
		}
	}
	for _, m := range s.siblings {
		if m.before != nil {
			had := map[claimed]bool{}
			for _, c := range m.before.claims {
				had[c.key] = true
			}
			take(m, func(key claimed) bool { return had[key] })
		}
	}
	for _, m := range s.siblings {
		take(m, func(claimed) bool { return true })
	}
	return owners
}

// yields reports whether others have what the file claims, and says so of its newest text.
func (m *sibling) yields(owners map[claimed]owner) bool {
	if m.force == nil {
		return false
	}
	found := false
	for _, c := range m.force.claims {
		by := owners[c.key]
		if by.sibling == m {
			continue
		}
		found = true
		if besideSame(c.what, by.claim.what) {
			continue
		}
		m.problems.Add(m.force.src, c.line, c.col, c.taken(by.sibling.file.Name, by.claim))
	}
	return found
}

// together makes one file of those in force, and gives the problems of all.
func (s *several) together(given []string) (*File, document.Problems) {
	all := &File{Name: strings.Join(given, ", "), given: given}
	var problems document.Problems
	hash := sha256.New()
	for _, m := range s.siblings {
		told := m.problems.Sorted()
		problems = append(problems, told...)
		if m.force != m.file {
			all.Refused = append(all.Refused, m.refused(told.Errors()))
		}
		if m.force != nil {
			all.Parts, all.Jobs = append(all.Parts, m.force), append(all.Jobs, m.force.Jobs...)
			fmt.Fprintf(hash, "%d %s\n%s\n", len(m.force.Name), m.force.Name, m.force.Hash)
		}
	}
	if len(all.Parts) == 0 {
		return nil, problems
	}
	all.Hash = hex.EncodeToString(hash.Sum(nil))
	return all, problems
}

func (m *sibling) refused(problems document.Problems) Refused {
	r := Refused{File: m.file.Name, Problems: problems, Kept: m.force != nil}
	from := m.file
	if r.Kept {
		from = m.force
	} else {
		r.Jobs = slices.Clone(m.broken)
	}
	for _, job := range from.Jobs {
		r.Jobs = append(r.Jobs, job.Name)
	}
	return r
}
