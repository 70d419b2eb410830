package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/address"
)

// put is one object to put.
type put struct {
	at      address.Address
	options putOptions
	sha256  string
	read    func(use func(*io.SectionReader) error) error
}

// Commit puts every object, one after the other. All are complete before the
// first. An error before it says that nothing was published; a later one names
// what was. A process that is killed in between leaves whole objects, some old
// and some new: the run's next attempt puts them all.
func (p *Publication) Commit(ctx context.Context) ([]output.Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, errors.New("publish: the publication has ended")
	}
	defer p.end()
	puts, err := p.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w (nothing was published)", err)
	}
	for i, one := range puts {
		if err := p.put(ctx, one); err != nil {
			return nil, p.stopAt(ctx, puts[:i], err)
		}
	}
	files := make([]output.Published, len(p.files))
	for i, s := range p.files {
		files[i] = s.published()
	}
	return files, nil
}

// ready lists what has to be put: first what may not replace anything, because
// only that can be taken back; then the others, the latest copies, and last the
// manifests: who sees one sees its file.
func (p *Publication) ready(ctx context.Context) ([]put, error) {
	var objects, latest, manifests []put
	for _, s := range p.files {
		switch {
		case s.err != nil:
			return nil, s.err
		case !s.closed:
			return nil, fmt.Errorf("publish %s: the draft isn't closed", s.at)
		}
		one := p.of(s)
		if one.options.ifAbsent {
			if err := p.mustBeFree(ctx, s.at); err != nil {
				return nil, err
			}
		}
		objects = append(objects, one)
		if s.latest.Key != "" {
			one.at, one.options.ifAbsent = s.latest, false
			latest = append(latest, one)
		}
		if s.options.Manifest != nil {
			m, err := p.manifestOf(s, one)
			if err != nil {
				return nil, err
			}
			manifests = append(manifests, m)
		}
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("publish: %w", context.Cause(ctx))
	}
	slices.SortStableFunc(objects, func(a, b put) int { return order(a) - order(b) })
	return slices.Concat(objects, latest, manifests), nil
}

func order(one put) int {
	if one.options.ifAbsent {
		return 0
	}
	return 1
}

func (p *Publication) of(s *Staged) put {
	return put{at: s.at, sha256: s.draft.SHA256(), read: s.draft.Read, options: putOptions{
		contentType: contentType(s.options.Format), ifAbsent: !s.options.Overwrite,
		metadata: map[string]string{metaRun: p.run, metaPut: p.token, metaSHA256: s.draft.SHA256()},
	}}
}

// manifestOf is put as its object is, with the object's metadata: the two are
// known to belong together.
func (p *Publication) manifestOf(s *Staged, one put) (put, error) {
	text, err := s.options.Manifest.Text(p.run, s.published())
	one.at, one.options.ifAbsent, one.options.contentType = s.manifest(), false, "application/json"
	one.read = func(use func(*io.SectionReader) error) error {
		return use(io.NewSectionReader(bytes.NewReader(text), 0, int64(len(text))))
	}
	return one, err
}

// mustBeFree looks for an object that may not be replaced, before the first
// one is put. Who may write and not read finds out at the put.
func (p *Publication) mustBeFree(ctx context.Context, a address.Address) error {
	found, err := p.buckets[a.Storage()].about(ctx, a.Key)
	if f, is := errors.AsType[*fault](err); is && f.kind == denied {
		return nil
	}
	if err == nil && found != nil {
		err = &fault{kind: exists}
	}
	return failed(ctx, "put", a, err)
}

func (p *Publication) put(ctx context.Context, one put) error {
	b := p.buckets[one.at.Storage()]
	err := one.read(func(content *io.SectionReader) error { return b.put(ctx, one.at.Key, content, one.options) })
	if f, is := errors.AsType[*fault](err); is && f.kind == exists && one.options.ifAbsent {
		// Its answer may have been lost, and the client's second try met the
		// object of the first.
		if found, _ := b.about(ctx, one.at.Key); found != nil && found.metadata[metaPut] == p.token {
			return nil
		}
	}
	return failed(ctx, "put", one.at, err)
}

// takeBackFor bounds how long an ended run goes on to tidy up.
const takeBackFor = 15 * time.Second

// stopAt says what became of a publication that couldn't be finished. Objects
// that replaced nothing are taken back when nothing else was put.
func (p *Publication) stopAt(ctx context.Context, done []put, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
	defer cancel()
	if !slices.ContainsFunc(done, func(one put) bool { return !one.options.ifAbsent }) {
		done = slices.DeleteFunc(done, func(one put) bool {
			return p.buckets[one.at.Storage()].remove(ctx, one.at.Key) == nil
		})
	}
	if len(done) == 0 {
		return fmt.Errorf("%w (nothing was published)", err)
	}
	names := make([]string, len(done))
	for i, one := range done {
		names[i] = one.at.String()
	}
	return fmt.Errorf("%w (published before it: %s)", err, strings.Join(names, ", "))
}
