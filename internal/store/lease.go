package store

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/store/database"
)

// start registers the node, puts back the runs of dead ones, and keeps beating.
func (l *lease) start(ctx context.Context, s *Store, serve bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if serve && !l.serve {
		if err := s.endServes(ctx); err != nil {
			return err
		}
		l.serve, l.beats = true, 0
	}
	if err := l.beat(ctx, s); err != nil || l.cancel != nil {
		return err
	}
	beating, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel, l.done = cancel, make(chan struct{})
	go l.loop(beating, s)
	return nil
}

// endServes ends the leases of earlier serves on a SQLite file. This one holds the file's
// lock, so they are dead, and their leases needn't expire first. PostgreSQL has no such
// lock: there the others may live.
func (s *Store) endServes(ctx context.Context) error {
	if !s.db.File() || !s.o.Lock {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM node_lease WHERE serve = 1 AND node <> $1`, s.node)
		return err
	})
}

func (l *lease) loop(ctx context.Context, s *Store) {
	defer close(l.done)
	ticker := time.NewTicker(s.o.times.beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rested, err := l.beatOrRest(ctx, s)
		if rested {
			continue
		}
		if errors.Is(err, ErrDisplaced) {
			s.displaced(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			s.health.failed(err)
		} else if err == nil {
			s.health.worked()
		}
	}
}

// beatOrRest beats, or leaves every other beat out, which saves a write and a flush of the disk: with a SQLite
// file, whose nodes are all on this machine, while this process works on nothing.
func (l *lease) beatOrRest(ctx context.Context, s *Store) (rested bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.rested && s.db.File() && s.running.none() && s.sending.none() {
		l.rested = true
		return true, nil
	}
	return false, l.beat(ctx, s)
}

// displaced ends the work on a database whose file was taken away. Runs under way can't
// publish any more: their ends couldn't be written.
func (s *Store) displaced(err error) {
	s.health.failed(err)
	for _, run := range s.running.all() {
		run.cancel(err)
	}
	if w := s.working(); w != nil {
		w.lose(err)
	}
}

// stop ends the beat and the lease. Runs that still belong to this node are put back by
// another, or at the next start.
func (l *lease) stop(s *Store) {
	l.mu.Lock()
	cancel, done := l.cancel, l.done
	l.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-done
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = s.db.WriteUnflushed(ctx, func(ctx context.Context, t database.Tx) error { // after an error it expires by itself
		_, err := t.Exec(ctx, "DELETE FROM node_lease WHERE node = $1", s.node)
		return err
	})
}
