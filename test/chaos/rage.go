package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// rage lets everybody loose for so long.
func (s *storm) rage(ctx context.Context, length time.Duration) error {
	for place := range s.nodes {
		if err := s.begin(ctx, place); err != nil {
			return err
		}
		if err := s.nodes[place].serving(ctx); err != nil {
			return err
		}
	}
	s.served = time.Now()
	over, stop := context.WithTimeout(ctx, length)
	defer stop()
	watching, enough := context.WithCancel(ctx)
	defer enough()
	var watch, acting sync.WaitGroup
	watch.Go(func() { s.watcher.watch(watching) })
	for i, acts := range s.actors(over) {
		dice := s.dice(uint64(i) + 1)
		acting.Go(func() { acts(dice) })
	}
	err := s.torment(over, ctx, s.dice(0))
	stop()
	acting.Wait()
	if err == nil && ctx.Err() == nil {
		err = s.calm(ctx)
	}
	enough()
	watch.Wait()
	s.watcher.look()
	return err
}

// actors are those who make trouble until the storm is over, each with dice of its own.
func (s *storm) actors(over context.Context) []func(*rand.Rand) {
	all := []func(*rand.Rand){
		func(dice *rand.Rand) { s.world.turn(over, dice) },
		func(dice *rand.Rand) { s.spoil(over, dice) },
		func(dice *rand.Rand) { s.sicken(over, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.network, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.post, dice) },
		func(dice *rand.Rand) { s.disturb(over, s.mail, dice) },
		func(dice *rand.Rand) { s.sickenMail(over, dice) },
		func(dice *rand.Rand) { s.rewrite(over, dice) },
		func(dice *rand.Rand) { s.rotate(over, dice) },
		func(dice *rand.Rand) { s.lock(over, dice) },
	}
	for _, c := range s.clouds {
		all = append(all, func(dice *rand.Rand) { s.sickenCloud(over, c, dice) }, func(dice *rand.Rand) { s.disturbCloud(over, c, dice) })
	}
	if s.cluster != nil {
		all = append(all, func(dice *rand.Rand) { s.powerCuts(over, dice) }, func(dice *rand.Rand) { s.disturb(over, s.database, dice) })
	}
	if s.clocks.dir != "" {
		all = append(all, func(dice *rand.Rand) { s.jump(over, dice) })
	}
	if s.disks.out != nil {
		all = append(all, func(dice *rand.Rand) { s.fill(over, dice) })
	}
	return all
}
