package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/nearby"
)

// Load reads a job file from its bytes. With any problem that isn't a warning
// the file is nil.
func Load(name string, data []byte, read ReadFunc) (*File, document.Problems) {
	return begin(context.Background(), name, data, read).alone()
}

// LoadFor is Load that ctx can end: no further job is checked then. What was found by then is
// incomplete, and the error is that of ctx.
func LoadFor(ctx context.Context, name string, data []byte, read ReadFunc) (*File, document.Problems, error) {
	b := begin(ctx, name, data, read)
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s: read for somebody who has left: %w", name, err)
	}
	file, problems := b.alone()
	return file, problems, nil
}

// LoadFile reads a job file, and the query files beside it, from disk.
func LoadFile(path string) (*File, document.Problems) {
	return beginFile(path, readFile).alone()
}

// begun is a job file that was read, and not yet compared with other job files.
type begun struct {
	file     *File
	problems *document.Collector
	loader   *loader  // nil: it is no YAML
	broken   []string // names of what should be jobs
}

func begin(ctx context.Context, name string, data []byte, read ReadFunc) *begun {
	b := &begun{file: &File{Name: name, Dir: filepath.Dir(name)}, problems: document.NewCollector(name)}
	b.file.src = document.NewText(name, string(data))
	if !document.Readable(b.file.src, data, b.problems) {
		return b
	}
	root := document.Decode(b.file.src, data, b.problems)
	if root == nil {
		return b
	}
	b.loader = newLoader(shape.NewReader(b.file.src, b.problems), read)
	b.file.Jobs = b.loader.file(ctx, root)
	b.broken = b.loader.top.Jobs.Broken
	b.file.claims, b.file.queries = slices.Clone(b.loader.claims), slices.Sorted(maps.Keys(b.loader.files))
	b.file.Hash = b.loader.hash(data, b.file.queries)
	return b
}

// good reports whether nothing but warnings was found.
func (b *begun) good() bool { return len(b.problems.Sorted().Errors()) == 0 }

// alone gives the file where there are no others.
func (b *begun) alone() (*File, document.Problems) {
	if b.loader != nil {
		b.loader.excess(b.file.Jobs)
	}
	if !b.good() {
		return nil, b.problems.Sorted()
	}
	return b.file, b.problems.Sorted()
}

func beginFile(path string, read func(string) ([]byte, error)) *begun {
	data, err := read(path)
	if err != nil {
		p := document.Problem{Message: reason(err)}
		if errors.Is(err, fs.ErrNotExist) {
			p.Hint = cmp.Or(nearby.Hint(path), "runner init writes a first one; -f names another")
			if path == "-" {
				p.Hint = "standard input is -f /dev/stdin"
			}
		}
		b := &begun{file: &File{Name: path, Dir: filepath.Dir(path)}, problems: document.NewCollector(path)}
		b.file.src = document.NewText(path, "")
		b.problems.Add(b.file.src, 1, 1, p)
		return b
	}
	dir := filepath.Dir(path)
	return begin(context.Background(), path, data, func(name string) ([]byte, error) { return readBeside(dir, name) })
}

func (l *loader) file(ctx context.Context, root *document.Node) []*Job {
	l.top = &shape.File{At: shape.At{Node: root}}
	if root.Kind != document.KindMapping {
		l.Problem(l.top.At, document.Problem{Message: "a job file is a mapping with the keys server: and jobs:, not " + root.Got(),
			Hint: shape.Missing["jobs"]})
		return nil
	}
	into := reflect.ValueOf(l.top).Elem()
	l.Mapping(l.top.At, into)
	l.Needs(l.top.At, into, func(name string) bool { return shape.MeansKey(root, into.Type(), name) })
	l.topLevel()
	jobs := make([]*Job, 0, len(l.top.Jobs.List))
	for _, n := range l.top.Jobs.List {
		if ctx.Err() != nil {
			return nil
		}
		jobs = append(jobs, l.job(n))
	}
	l.targets(jobs)
	return jobs
}

// topLevel checks the keys above jobs by themselves: a value that no job uses would be
// checked nowhere else.
func (l *loader) topLevel() {
	l.zone(l.top.Timezone)
	l.mailServer = l.smtp()
	if d := l.top.Defaults.Value; d != nil {
		l.zone(d.Timezone)
		l.notifies(d.Notify)
		l.program(d.Select)
	}
	l.notifies(l.top.Notify)
}

// hash names the job file together with its query files.
func (l *loader) hash(data []byte, queries []string) string {
	d := newDigest(data)
	for _, name := range queries {
		d.add(name, l.files[name].data)
	}
	return d.sum()
}
