package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// judge holds the ledger, the messages and every byte against the truth.
func (s *storm) judge(ctx context.Context, to time.Time) error {
	s.secrets = s.known()
	runs, err := s.estate.runs(ctx)
	if err != nil {
		return err
	}
	text, err := s.estate.told(ctx)
	if err != nil {
		return err
	}
	s.report.add(checkSecrets("what runner runs says", text, s.secrets))
	all := s.receiver.arrivals()
	for _, l := range s.letters.Take() {
		a, err := letter(l, time.Now())
		if err != nil {
			s.report.add(found(stale, "a letter is none: %v", err))
		}
		all = append(all, a)
	}
	s.tally = tally{ticks: len(runs), messages: len(all)}
	hooks, owner := map[string]bool{}, map[string][]string{}
	for _, r := range runs {
		if r.State == "succeeded" {
			s.tally.good++
		}
	}
	for _, j := range s.jobs {
		hooks[j.name] = j.hook
		for _, t := range s.purse.of(j.name) {
			owner[j.operation] = append(owner[j.operation], t.ID())
		}
		spans := spansOf(j.name, s.paper.editions, s.estate.lives(), s.served, to)
		if s.clocks.dir != "" && len(spans) > 1 {
			spans = sometime(spans)
		}
		s.report.add(checkTicks(j.name, spans, runs))
		if j.told {
			s.report.add(checkTold(j.name, s.world.of(j.project), runs, all))
		}
	}
	s.report.add(checkReasons(runs))
	s.report.add(checkArrivals(all))
	s.report.add(checkDeliveries(runs, all, hooks))
	s.open(all)
	single := slices.DeleteFunc(slices.Clone(runs), func(r ledgerRun) bool { return s.watcher.jobs[r.Job].series })
	s.report.add(checkThere(single, s.sum)) // files with many ticks are watched: whoever comes next makes them longer
	s.judgeClouds(runs)
	var asked []sent
	for _, r := range s.server.Requests() {
		asked = append(asked, sent{r.Operation, r.Token})
	}
	s.report.add(checkSent(asked, owner))
	if n := s.robbed.Load(); n > 0 {
		s.report.add(found(leaked, "%d requests followed a redirect with their token", n))
	}
	return s.search()
}

// sum gives the sha256 of a file of the exports, or of an object; "" for none.
func (s *storm) sum(at string) string {
	for _, c := range s.clouds {
		if name, is := strings.CutPrefix(at, c.bucket.Path("")); is {
			if o, there := c.bucket.Objects()[name]; there {
				return hash([]byte(o.Content))
			}
			return ""
		}
	}
	content, err := os.ReadFile(filepath.Join(s.estate.out(), filepath.FromSlash(at)))
	if err != nil {
		return ""
	}
	return hash(content)
}

func hash(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// judgeClouds holds against the ledger what went back of what runs put in clouds, or beside that.
// What was kept while it was replaced has to be gone.
func (s *storm) judgeClouds(runs []ledgerRun) {
	behind := time.Duration(0)
	if s.clocks.dir != "" {
		behind = farthest
	}
	s.report.add(checkWithdrawn(s.watcher.back, runs, behind))
	for _, c := range s.clouds {
		c.mu.Lock()
		s.report.add(checkWithdrawn(c.watcher.back, runs, behind))
		s.report.add(checkLeft(slices.Sorted(maps.Keys(c.bucket.Objects()))))
		c.mu.Unlock()
	}
}

// open holds what messages and letters say against the world, and against all secrets.
func (s *storm) open(all []arrival) {
	for _, a := range all {
		name := "the message " + a.ID
		s.report.add(checkSecrets(name, []byte(a.Body), s.secrets))
		if len(a.Rows) > 0 {
			_, wrong := checkSight(s.world.of(s.watcher.jobs[a.Job].project), seen{}, sight{Name: name, At: a.At, Rows: a.Rows})
			s.report.add(wrong)
		}
	}
}

// search reads every byte that was left: files, logs, and the ledger.
func (s *storm) search() error {
	var exports []string
	err := s.readAll(s.dir, func(path string) {
		if name, err := filepath.Rel(s.estate.out(), path); err == nil && filepath.IsLocal(name) {
			exports = append(exports, filepath.ToSlash(name))
		}
	})
	s.report.add(checkLeft(exports))
	if err == nil && s.cluster != nil {
		err = s.readAll(s.cluster.Dir(), func(string) {})
	}
	return err
}

// readAll looks for secrets in all files below a folder.
func (s *storm) readAll(dir string, each func(path string)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // PostgreSQL has put it away
		case err == nil && entry.IsDir() && path == filepath.Join(s.dir, tokenDir):
			return filepath.SkipDir // whence they are read
		case err != nil || !entry.Type().IsRegular():
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		s.report.add(checkSecrets(path, content, s.secrets))
		s.report.add(checkSecrets(path+", unpacked,", unpacked(content), s.secrets))
		each(path)
		return nil
	})
}

// line is what a storm is told in.
func (s *storm) line() string {
	c := s.report.count
	text := fmt.Sprintf("seed %d: %d ticks (%d succeeded), %d kills, %d pauses, %d stops, %d faults, %d outages, ",
		s.seed, s.tally.ticks, s.tally.good, s.kills.Load(), s.pauses.Load(), s.stops.Load(), s.faults.Load(), s.outages.Load())
	text += fmt.Sprintf("%d job files, %d of them broken at first, %d tokens, %d full disks, %d locks, %d set clocks,\n",
		s.rewritten.Load(), s.spoilt.Load(), s.exchanged.Load(), s.fills.Load(), s.locks.Load(), s.jumps.Load())
	exports, objects := s.watcher.exports, 0
	for _, c := range s.clouds {
		objects += c.watcher.exports
	}
	text += fmt.Sprintf("%d exports, %d objects and %d messages seen: ", exports, objects, s.tally.messages)
	text += fmt.Sprintf("lost %d, doubled %d, stale %d, leaked %d", c[lost], c[doubled], c[stale], c[leaked])
	if c[broken] > 0 {
		text += fmt.Sprintf(", broken %d", c[broken])
	}
	return text
}
