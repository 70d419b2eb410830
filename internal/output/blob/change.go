package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/output/target"
)

// change is what a put does to an object, as the journal keeps it: enough to take
// it back, also for another process.
type change struct {
	Address string `json:"address"` // with its settings
	Put     string `json:"put"`     // in the metadata of what is put
	Old     old    `json:"old"`
	Backup  string `json:"backup,omitempty"` // key of a copy of what is replaced

	at address.Address
}

// old is what becomes of what was there.
type old string

const (
	oldNone old = "none" // nothing was there
	oldKept old = "kept"
	oldLost old = "lost" // it couldn't be kept
)

// changeOf says what a put is about to do.
func (p *Publication) changeOf(one *put, found *object, known bool) *change {
	c := &change{Address: one.at.String() + settingsOf(one.at), Put: p.token, Old: oldKept, at: one.at}
	switch {
	case !known || found != nil && found.size > maxCopy:
		c.Old = oldLost
		p.warnings = append(p.warnings,
			fmt.Sprintf("the old %s wasn't kept while the run published: it is too large to copy, or can't be looked at", one.at))
	case found == nil:
		c.Old = oldNone
	default:
		c.Backup = backupKey(one.at.Key, p.token, len(p.changes))
	}
	return c
}

func settingsOf(a address.Address) string {
	if len(a.Settings) == 0 {
		return ""
	}
	return "?" + a.Settings.Encode()
}

// maxBackupBase leaves room in the 1,024 bytes that a key may have.
const maxBackupBase = 200

// backupKey gives a hidden name beside an object: programs that read a folder
// of a bucket leave out what begins with a dot.
func backupKey(key, token string, number int) string {
	base := path.Base(key)
	if len(base) > maxBackupBase {
		base = strings.ToValidUTF8(base[:maxBackupBase], "")
	}
	return path.Join(path.Dir(key), fmt.Sprintf(".%s.runner-%s-%d.old", base, token, number))
}

// undo makes an object what it was before the put, if it is still what was put:
// what somebody has put since stays. It may be called again.
func (c *change) undo(ctx context.Context, b bucket) error {
	found, err := b.about(ctx, c.at.Key)
	if err != nil {
		return failed(ctx, "look at", c.at, err)
	}
	if found != nil && found.metadata[metaPut] == c.Put {
		if err := c.back(ctx, b, found); err != nil && !isFault(err, exists) {
			return failed(ctx, "put back", c.at, err)
		}
	}
	return c.settle(ctx, b)
}

func (c *change) back(ctx context.Context, b bucket, found *object) error {
	ours := condition{looked: true, was: found}
	switch c.Old {
	case oldNone:
		return b.remove(ctx, c.at.Key, ours)
	case oldKept:
		kept, err := b.about(ctx, c.Backup)
		if err == nil && kept == nil {
			err = errNotKept
		}
		if err != nil {
			return err
		}
		return b.copy(ctx, kept, c.at.Key, ours)
	}
	return errNotKept
}

var errNotKept = errors.New("what was there before wasn't kept")

// settle lets go of what was kept.
func (c *change) settle(ctx context.Context, b bucket) error {
	if c.Backup == "" {
		return nil
	}
	return failed(ctx, "remove", c.at.With(c.Backup), b.remove(ctx, c.Backup, condition{}))
}

// takeBackFor bounds how long an ended run goes on to tidy up.
const takeBackFor = 15 * time.Second

// undo takes back what was put. The error names what couldn't be.
func (p *Publication) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
	defer cancel()
	var problems []error
	var left []*change
	for _, c := range slices.Backward(p.changes) {
		err := c.undo(ctx, p.buckets[c.at.Storage()])
		if err == nil {
			continue
		}
		problems = append(problems, err)
		if !errors.Is(err, errNotKept) {
			left = append(left, c)
		}
	}
	slices.Reverse(left)
	p.changes = left
	p.end()
	return errors.Join(problems...)
}

// Undo takes back what Place has put. The error names what couldn't be.
func (p *Publication) Undo(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	return p.undo(ctx)
}

// takeBack says what became of a publication that couldn't be finished.
func (p *Publication) takeBack(ctx context.Context, why error) error {
	if err := p.undo(ctx); err != nil {
		return fmt.Errorf("%w; %w", why, err)
	}
	return fmt.Errorf("%w (nothing was published)", why)
}

// Unfinished gives what is still to be done after Settle or Undo, for the
// journal: the storage didn't answer.
func (p *Publication) Unfinished() []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	notes := make([]any, len(p.changes))
	for i, c := range p.changes {
		notes[i] = c
	}
	return notes
}

// finishFor bounds how long one run's leftovers may take.
const finishFor = 30 * time.Second

// Finish puts right what publications of a job, of all when it is "", left
// unfinished in storage: their process was killed, or the storage was away. What
// can't be put right now stays for the next call.
func Finish(ctx context.Context, left target.Pending, job string, told func(run, what string)) error {
	return left.EachUnfinished(job, func(u target.Unfinished) error {
		ctx, cancel := context.WithTimeout(ctx, finishFor)
		defer cancel()
		if err := finish(ctx, u); err != nil {
			return fmt.Errorf("what run %s left in storage: %w", u.Run, err)
		}
		told(u.Run, "what a killed or cut off run left in storage is put right")
		return nil
	})
}

func finish(ctx context.Context, u target.Unfinished) error {
	changes, err := changesOf(u)
	if err != nil {
		return err
	}
	buckets := map[string]bucket{}
	defer func() {
		for _, b := range buckets {
			b.close()
		}
	}()
	var problems []error
	for _, c := range slices.Backward(changes) {
		b := buckets[c.at.Storage()]
		if b == nil {
			if b, err = open(ctx, c.at); err != nil {
				return err
			}
			buckets[c.at.Storage()] = b
		}
		if u.Settled {
			err = c.settle(ctx, b)
		} else {
			err = c.undo(ctx, b)
		}
		if errors.Is(err, errNotKept) {
			err = nil // it never will be: the run's error or its warning has told
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// changesOf reads the notes of a publication. An object may have several, when it
// was looked at again: each is undone by itself, the last one first.
func changesOf(u target.Unfinished) ([]*change, error) {
	var all []*change
	for _, note := range u.Notes {
		c := &change{}
		err := json.Unmarshal(note, c)
		if err == nil {
			c.at, err = address.Parse(c.Address)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
