package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// Drafts is where objects are written before they are put.
type Drafts interface {
	NewDraft(label string) (*disk.Draft, error)
}

// Publication is the set of objects of one run, a target.Publication. They are drafts on the local
// disk until Commit puts them; until then nothing is seen of them. It is safe
// for use by several goroutines.
type Publication struct {
	dir   Drafts
	by    target.Author
	notes target.Journal // what Place does is noted there
	token string         // in the metadata of what it puts

	mu      sync.Mutex
	buckets map[string]bucket
	files   []*Staged
	targets map[string]bool
	ended   bool

	changes  []*change // what was put, in order
	left     []target.Left
	leftOut  map[*Staged]bool // newer objects lie there
	stays    map[*Staged]bool // so for the latest alone
	warnings []string
}

// Begin opens a publication, with drafts in a directory's hidden folder. It
// takes nothing on disk before the first Create. The journal is that of the files
// that the objects are placed with; nil: there are none.
func Begin(dir Drafts, by target.Author, notes target.Journal) *Publication {
	return &Publication{
		dir: dir, by: by, notes: notes, token: rand.Text(), buckets: map[string]bucket{}, targets: map[string]bool{},
		leftOut: map[*Staged]bool{}, stays: map[*Staged]bool{},
	}
}

// Create drafts an object for an address. Close the draft when it is complete.
// Credentials are asked for here, so that a run without any ends before it
// publishes anything.
func (p *Publication) Create(ctx context.Context, written string, o target.CreateOptions) (target.Staged, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, errors.New("publish: the publication has ended")
	}
	s := &Staged{pub: p, options: o}
	var err error
	if s.at, err = p.claim(ctx, written); err != nil {
		return nil, err
	}
	if o.Latest != "" {
		if s.latest, err = p.claim(ctx, o.Latest); err != nil {
			return nil, err
		}
	}
	if o.Manifest != nil {
		if _, err = p.take(s.manifest()); err != nil {
			return nil, err
		}
	}
	if s.draft, err = p.dir.NewDraft(p.by.Run); err != nil {
		return nil, fmt.Errorf("publish %s: %w", s.at, err)
	}
	p.files = append(p.files, s)
	return s, nil
}

// claim reads an address, opens its bucket and keeps it from being written
// twice.
func (p *Publication) claim(ctx context.Context, text string) (address.Address, error) {
	a, err := address.Parse(text)
	if err != nil {
		return a, fmt.Errorf("publish: %w", err)
	}
	if p.buckets[a.Storage()] == nil {
		b, err := open(ctx, a)
		if err != nil {
			return a, err
		}
		p.buckets[a.Storage()] = b
	}
	return p.take(a)
}

func (p *Publication) take(a address.Address) (address.Address, error) {
	if p.targets[a.Place()] {
		return a, &disk.RefusedError{Err: fmt.Errorf("publish %s: two outputs of the run write this object", a)}
	}
	p.targets[a.Place()] = true
	return a, nil
}

// Puts gives how many objects are to be put, with latest copies and manifests.
func (p *Publication) Puts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.targets)
}

// Left gives the objects that were left out, because newer ones lie there.
func (p *Publication) Left() []target.Left {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.left)
}

// Warnings says what was done without a way back.
func (p *Publication) Warnings() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.warnings)
}

// Abort removes the drafts. After Commit it only lets go.
func (p *Publication) Abort() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

func (p *Publication) end() {
	for _, s := range p.files {
		s.draft.Remove()
	}
	for _, b := range p.buckets {
		b.close()
	}
	p.buckets = map[string]bucket{}
	p.ended = true
}

// Staged is an object on its way: a draft that counts and hashes what is
// written. It is for one goroutine.
type Staged struct {
	pub     *Publication
	options target.CreateOptions
	at      address.Address
	latest  address.Address // zero: none
	draft   *disk.Draft
	records int64
	closed  bool
	err     error
}

// Path gives the object's address, without settings.
func (s *Staged) Path() string { return s.at.String() }

// SetRecords notes how many records the object holds, for Published and for
// the manifest.
func (s *Staged) SetRecords(n int64) { s.records = n }

// Bytes gives how much was written so far.
func (s *Staged) Bytes() int64 { return s.draft.Bytes() }

// Write appends to the draft.
func (s *Staged) Write(data []byte) (int, error) {
	n, err := s.draft.Write(data)
	if err != nil {
		s.err = fmt.Errorf("write %s: %w (nothing was published)", s.at, err)
	}
	return n, s.err
}

// Append refuses: an object is put whole.
func (s *Staged) Append(context.Context, target.Append) (warning string, err error) {
	s.err = fmt.Errorf("append to %s: an object can't grow (nothing was published)", s.at)
	return "", s.err
}

// Close says that the draft is complete.
func (s *Staged) Close() error {
	if err := s.draft.Close(); err != nil && s.err == nil {
		s.err = fmt.Errorf("write %s: %w (nothing was published)", s.at, err)
	}
	s.closed = true
	return s.err
}

func (s *Staged) manifest() address.Address { return s.at.With(target.ManifestPath(s.at.Key)) }

func (s *Staged) published() target.Published {
	p := target.Published{Path: s.at.String(), Records: s.records, Bytes: s.draft.Bytes(), SHA256: s.draft.SHA256(), Output: s.options.Output}
	if s.latest.Key != "" && !s.pub.stays[s] {
		p.Latest = s.latest.String()
	}
	if s.options.Manifest != nil {
		p.Manifest = s.manifest().String()
	}
	return p
}
