package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"speckle-runner/test/process"
)

// mount gives exports and ledger a disk each.
func (s *storm) mount() (err error) {
	if s.disks.out, err = newDisk(filepath.Join(s.dir, "out")); err != nil {
		return err
	}
	s.disks.ledger, err = newDisk(filepath.Join(s.dir, "ledger"))
	return err
}

// fill fills one of the disks, and makes room again. No serve begins while the ledger's
// is full: it says so, and ends.
func (s *storm) fill(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 5*time.Second, 20*time.Second)) {
		length, room := between(dice, 500*time.Millisecond, 10*time.Second), uint64(dice.IntN(64<<10))
		of := s.disks.out
		if s.cluster == nil && dice.IntN(2) == 0 {
			of = s.disks.ledger
		}
		if err := s.full(ctx, of, room, length); err != nil {
			s.report.add(found(broken, "fill a disk: %v", err))
			return
		}
	}
}

func (s *storm) full(ctx context.Context, of *disk, room uint64, length time.Duration) error {
	if of == s.disks.ledger {
		s.power.Lock()
		defer s.power.Unlock()
		if !s.atWork() {
			return nil
		}
	}
	if err := of.fill(room); err != nil {
		return err
	}
	s.fills.Add(1)
	process.Rest(ctx, length)
	return of.empty()
}

// rescue copies what lies on disks that go with this process.
func (s *storm) rescue() error {
	if s.disks.out == nil {
		return nil
	}
	for _, name := range []string{"out", "ledger"} {
		if err := os.CopyFS(filepath.Join(s.dir, "left", name), os.DirFS(filepath.Join(s.dir, name))); err != nil {
			return err
		}
	}
	return nil
}
