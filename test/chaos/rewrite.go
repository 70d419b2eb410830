package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"speckle-runner/test/process"
)

// damage is what makes a job file none, where a person or a program was careless.
var damage = []func(text string) string{
	func(text string) string { return text + "\tjobs: {\n" },
	func(text string) string { return text + "jobs: {}\n" },
	func(text string) string { return strings.Replace(text, "schedule:", "shedule:", 1) },
	func(text string) string { return strings.Replace(text, "outputs: [", "outputs: ", 1) },
	func(string) string { return "" },
}

// changed is how the job file differs from the first one.
type changed struct {
	gone, moved map[string]bool
	times       int
}

// rewrite gives the job file other jobs, schedules and words, and breaks it at times.
func (s *storm) rewrite(ctx context.Context, dice *rand.Rand) {
	c := changed{gone: map[string]bool{}, moved: map[string]bool{}}
	for process.Rest(ctx, between(dice, 2*time.Second, 12*time.Second)) {
		way, harm, wait, cut := dice.IntN(4), dice.IntN(len(damage)), between(dice, time.Second, 12*time.Second), dice.Float64()
		for range 2 {
			at := dice.IntN(len(s.jobs))
			if s.clocks.dir != "" {
				at = at / 2 * 2 // the others tell what becomes of ticks when clocks are set
			}
			name := s.jobs[at].name
			which := c.moved
			if dice.IntN(3) == 0 {
				which = c.gone
			}
			which[name] = !which[name]
			if !which[name] {
				delete(which, name)
			}
		}
		c.times++
		if err := s.edit(ctx, c, way, harm, wait, cut); err != nil {
			s.report.add(found(broken, "write the job file: %v", err))
			return
		}
	}
}

// edit puts a file in place, in one of the ways in which people and programs do.
func (s *storm) edit(ctx context.Context, c changed, way, harm int, wait time.Duration, cut float64) error {
	s.paper.Lock()
	defer s.paper.Unlock()
	all := c.of(s.jobs)
	text := s.text(all) + fmt.Sprintf("x-edition: %d\n", c.times)
	s.rewritten.Add(1)
	path := filepath.Join(s.estate.dir, "jobs.yaml")
	switch {
	case way > 1 || !s.serving(): // a serve that begins wants a file that can be read
		return s.put(all, text)
	case way == 0:
		if err := replace(path, damage[harm](text)); err != nil {
			return err
		}
		s.spoilt.Add(1)
		process.Rest(ctx, wait)
		return s.put(all, text)
	}
	// Written in its place, with a pause in the middle: no reader may take the half for all.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	at := insideJob(text, cut)
	if _, err := file.WriteString(text[:at]); err != nil {
		return err
	}
	s.spoilt.Add(1)
	process.Rest(ctx, wait)
	began := time.Now()
	if _, err := file.WriteString(text[at:]); err != nil {
		return err
	}
	s.paper.enter(all, began)
	return nil
}

// insideJob is a place in the text of a job file in front of a job's last word.
func insideJob(text string, cut float64) int {
	at := int(cut * float64(len(text)))
	last := strings.LastIndex(text, "token_")
	if next := strings.Index(text[min(at, last):], "token_"); next >= 0 {
		return min(at, last) + next
	}
	return last
}

func (c changed) of(all []job) (left []job) {
	for _, j := range all {
		if c.gone[j.name] {
			continue
		}
		if c.moved[j.name] {
			j.every = j.spare
		}
		left = append(left, j)
	}
	return left
}

func (s *storm) text(all []job) string {
	to := places{server: s.network.url(), hook: s.post.url(), smtp: s.mail.port()}
	for _, c := range s.clouds {
		to.clouds = append(to.clouds, c.shelf())
	}
	return jobFile(all, to)
}

// put puts a file in place at once.
func (s *storm) put(all []job, text string) error {
	began := time.Now()
	if err := replace(filepath.Join(s.estate.dir, "jobs.yaml"), text); err != nil {
		return err
	}
	s.paper.enter(all, began)
	return nil
}
