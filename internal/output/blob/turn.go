package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"speckle-runner/internal/output/target"
)

const (
	// looks is how often an object is looked at again when it isn't any more what
	// it was a moment ago.
	looks = 10
	// maxCopy is the largest object that S3 copies in one request. One that is
	// larger can't be kept.
	maxCopy = 5 << 30
	// maxAhead is how far a tick may be to come: a wrong clock wrote others, and
	// would keep everything else away.
	maxAhead = time.Hour
)

var errRestless = errors.New("other programs replace it all the time")

// turn puts one object where it goes, if that may be.
func (p *Publication) turn(ctx context.Context, lease *target.Lease, one *put, notes target.Journal, wayBack bool) error {
	if p.leftOut[one.of] || one.latest && p.stays[one.of] {
		return nil
	}
	for range looks {
		if err := lease.Check(ctx); err != nil {
			return fmt.Errorf("put %s: %w", one.at, err)
		}
		found, known, err := p.look(ctx, one, wayBack)
		if err != nil {
			return failed(ctx, "put", one.at, err)
		}
		leave, err := p.judge(ctx, lease, one, found)
		if leave || err != nil {
			return err
		}
		again, err := p.replace(ctx, lease, one, found, known, notes, wayBack)
		if !again {
			return err
		}
	}
	return fmt.Errorf("put %s: %w", one.at, errRestless)
}

// look tells what is there. Who may write and not read doesn't know, and an
// object that stands alone and that no other run writes needn't.
func (p *Publication) look(ctx context.Context, one *put, wayBack bool) (found *object, known bool, err error) {
	if !wayBack && !one.of.options.Shared && !one.latest && !one.options.ifAbsent {
		return nil, false, nil
	}
	found, err = p.buckets[one.at.Storage()].about(ctx, one.at.Key)
	if isFault(err, denied) {
		return nil, false, nil
	}
	return found, err == nil, err
}

// judge decides whether what is there has to stay: that of a later tick of the
// same job, or of a later attempt of the run.
func (p *Publication) judge(ctx context.Context, lease *target.Lease, one *put, found *object) (leave bool, err error) {
	if found == nil || one.beside {
		return false, nil
	}
	if one.options.ifAbsent && !p.mayAgain(*one, found) {
		return false, failed(ctx, "put", one.at, &fault{kind: exists})
	}
	if found.metadata[metaJob] != p.by.Job {
		return false, nil
	}
	if found.metadata[metaRun] == p.by.Run {
		attempt, _ := strconv.Atoi(found.metadata[metaAttempt]) // 0: another version put it
		if attempt > p.by.Attempt {
			// Attempts may be counted anew, in a new ledger: it knows which one lives.
			if err := lease.Renew(ctx); err != nil {
				return false, fmt.Errorf("put %s: %w", one.at, err)
			}
		}
		return false, nil
	}
	if !one.latest && !one.of.options.Shared || !p.isLater(found) {
		return false, nil
	}
	p.leave(one, found.metadata[metaRun])
	return true, nil
}

// isLater reports whether an object is of a later tick than the publication.
func (p *Publication) isLater(found *object) bool {
	tick, err := time.Parse(time.RFC3339Nano, found.metadata[metaTick])
	return err == nil && tick.After(p.by.Tick) && !tick.After(time.Now().Add(maxAhead))
}

// leave takes an object out of the publication, with what goes with it.
func (p *Publication) leave(one *put, by string) {
	l := target.Left{Path: one.at.String(), Latest: one.latest, By: by}
	if one.latest {
		p.stays[one.of] = true
	} else {
		p.leftOut[one.of] = true
	}
	p.left = append(p.left, l)
}

// replace keeps what is there and puts the object. It is to be done again when
// that isn't there any more.
func (p *Publication) replace(ctx context.Context, lease *target.Lease, one *put, found *object, known bool, notes target.Journal,
	wayBack bool) (again bool, err error) {
	b := p.buckets[one.at.Storage()]
	options := one.options
	if found != nil {
		options.ifAbsent = false // an earlier attempt's
	}
	options.condition = condition{looked: known, was: found}
	var c *change
	if wayBack {
		c = p.changeOf(one, found, known)
		if notes != nil {
			if err := notes.Note(c); err != nil {
				return false, fmt.Errorf("put %s: %w", one.at, err)
			}
		}
		p.changes = append(p.changes, c)
		if c.Old == oldKept {
			if again, err := p.keep(ctx, one, c, found, notes); again || err != nil {
				return again, err
			}
			if err := lease.Check(ctx); err != nil { // a large copy takes its time
				return false, fmt.Errorf("put %s: %w", one.at, err)
			}
		}
	}
	err = one.read(func(content *io.SectionReader) error { return b.put(ctx, one.at.Key, content, options) })
	if err == nil {
		return false, nil
	}
	// Its answer may have been lost, or the client's second try met the object of
	// the first.
	if now, _ := b.about(context.WithoutCancel(ctx), one.at.Key); now != nil && now.metadata[metaPut] == p.token {
		return false, nil
	}
	if isFault(err, exists) && known && (!one.options.ifAbsent || found != nil) {
		return true, nil
	}
	if notes != nil { // else nobody would look again
		c.await(ctx, err)
	}
	return false, failed(ctx, "put", one.at, err)
}

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

// keep copies what is about to be replaced.
func (p *Publication) keep(ctx context.Context, one *put, c *change, found *object, notes target.Journal) (again bool, err error) {
	err = p.buckets[one.at.Storage()].copy(ctx, found, c.Backup, condition{})
	switch {
	case err == nil:
		return false, nil
	case isFault(err, exists, noBucket): // replaced or removed a moment ago
		return true, nil
	case ctx.Err() != nil || !isFault(err, denied, refused):
		if notes != nil {
			c.await(ctx, err)
		}
		return false, failed(ctx, "keep the old", one.at, err)
	}
	c.Old, c.Backup = oldLost, ""
	p.warnings = append(p.warnings,
		fmt.Sprintf("the old %s couldn't be kept while the run published (%v): had a later put failed, it would be lost", one.at,
			failed(ctx, "copy", one.at, err)))
	if notes == nil {
		return false, nil
	}
	return false, notes.Note(c)
}
