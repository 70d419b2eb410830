package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"speckle-runner/internal/output/address"
)

// put is one object to put.
type put struct {
	of      *Staged
	at      address.Address
	options putOptions
	sha256  string
	latest  bool
	beside  bool // a manifest: it goes as its object went
	read    func(use func(*io.SectionReader) error) error
}

// ready lists what has to be put: first what may not replace anything, then the
// others, the latest copies, and last the manifests: who sees one sees its file.
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
			if err := p.mustBeFree(ctx, one); err != nil {
				return nil, err
			}
		}
		objects = append(objects, one)
		if s.latest.Key != "" {
			one.at, one.options.ifAbsent, one.latest = s.latest, false, true
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
	return put{of: s, at: s.at, sha256: s.draft.SHA256(), read: s.draft.Read, options: putOptions{
		contentType: s.options.Format.ContentType(), ifAbsent: !s.options.Overwrite,
		metadata: map[string]string{
			metaJob: p.by.Job, metaRun: p.by.Run, metaTick: p.by.Tick.UTC().Format(time.RFC3339Nano), metaAttempt: strconv.Itoa(p.by.Attempt),
			metaPut: p.token, metaSHA256: s.draft.SHA256(),
		},
	}}
}

// manifestOf is put as its object is, with the object's metadata: the two are
// known to belong together.
func (p *Publication) manifestOf(s *Staged, one put) (put, error) {
	text, err := s.options.Manifest.Text(p.by.Run, s.published())
	one.at, one.latest, one.beside = s.manifest(), false, true
	one.options.ifAbsent, one.options.contentType, one.options.metadata = false, "application/json", maps.Clone(one.options.metadata)
	one.read = func(use func(*io.SectionReader) error) error {
		return use(io.NewSectionReader(bytes.NewReader(text), 0, int64(len(text))))
	}
	return one, err
}

// mustBeFree looks for an object that may not be replaced, before the first
// one is put. Who may write and not read finds out at the put.
func (p *Publication) mustBeFree(ctx context.Context, one put) error {
	found, err := p.buckets[one.at.Storage()].about(ctx, one.at.Key)
	if isFault(err, denied) {
		return nil
	}
	if err == nil && found != nil && !p.mayAgain(one, found) {
		err = &fault{kind: exists}
	}
	return failed(ctx, "put", one.at, err)
}

// mayAgain reports whether an object that may not be replaced is one that an
// earlier attempt of this very run put.
func (p *Publication) mayAgain(one put, found *object) bool {
	return one.of.options.Resumed && found.metadata[metaRun] == p.by.Run && found.metadata[metaJob] == p.by.Job
}
