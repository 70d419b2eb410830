package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// deadline bounds one process. No contestant needs a tenth of it.
const deadline = 20 * time.Minute

// contestant is one way to make an export.
type contestant struct {
	name  string
	needs string            // a program to be there
	argv  []string          // @NAME is a file among the scripts
	files map[string]string // to be there at the start
	env   map[string]string
	// check reads what was written and sums it up; the sums of all contestants
	// have to agree.
	check  func(dir string) (sum, error)
	expect float64 // seconds it will take; 0: not known
}

// compete lets contestants run in turn, round by round, so that what else the
// machine does befalls all of them alike.
func (l *lab) compete(rounds int, all ...contestant) ([]series, error) {
	out := make([]series, len(all))
	spent := make([]float64, len(all))
	var first *sum
	for round := range rounds {
		for i, c := range all {
			s := &out[i]
			s.name = c.name
			if round == 0 {
				if c.needs != "" && !installed(c.needs) {
					s.note = c.needs + " is not installed"
				} else if c.expect > l.budget.Seconds() {
					s.note = fmt.Sprintf("not run: it would take about %.0f s", c.expect)
				}
			} else if n := len(s.samples); n > 0 && s.note == "" && spent[i]+s.samples[n-1].Seconds > l.budget.Seconds() {
				s.note = fmt.Sprintf("rounds: %d of %d", n, rounds)
			}
			if s.note != "" {
				continue
			}
			took, total, err := l.once(c)
			if err != nil {
				return out, fmt.Errorf("%s: %w", c.name, err)
			}
			if first == nil {
				first = &total
			}
			if total != *first {
				return out, fmt.Errorf("%s wrote another export: %v, not %v", c.name, total, *first)
			}
			s.samples, spent[i] = append(s.samples, took), spent[i]+took.Seconds
			if rounds <= 5 {
				l.sayf("  %-22s %8.3f s  cpu %7.3f s  %6.1f MB", c.name, took.Seconds, took.CPU, took.MB)
			}
		}
	}
	return out, nil
}

// once runs a contestant in a folder of its own and checks its export.
func (l *lab) once(c contestant) (took sample, total sum, err error) {
	dir, err := os.MkdirTemp(l.scratch, "export-")
	if err != nil {
		return took, total, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // l.close removes what stays
	for name, text := range c.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return took, total, err
		}
	}
	took, err = l.start(c, dir)
	if err != nil {
		return took, total, err
	}
	total, err = c.check(dir)
	if err != nil {
		return took, total, fmt.Errorf("its export isn't whole: %w", err)
	}
	return took, total, nil
}

func (l *lab) start(c contestant, dir string) (sample, error) {
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		return sample{}, err
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return sample{}, err
	}
	defer stderr.Close()
	ctx, cancel := context.WithTimeout(l.ctx, deadline)
	defer cancel()
	argv := slices.Clone(c.argv)
	for i, arg := range argv {
		if name, ok := strings.CutPrefix(arg, "@"); ok {
			argv[i] = filepath.Join(l.scratch, "scripts", name)
		}
	}
	command := exec.Command(argv[0], argv[1:]...)
	command.Dir, command.Stdout, command.Stderr = dir, stdout, stderr
	command.Env = c.environment()
	took, err := perform(ctx, command)
	if err != nil {
		said, _ := os.ReadFile(stderr.Name()) // the error stands without it
		return took, fmt.Errorf("%w\n%s", err, tail(said, 2000))
	}
	return took, nil
}

// environment is small and the same on every machine: variables that people
// set for their tools (proxies, certificates) are no part of the contest.
func (c contestant) environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LC_ALL=C.UTF-8", "TOKEN=" + token()}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		env = append(env, name+"="+c.env[name])
	}
	return env
}

func tail(text []byte, size int) []byte { return text[max(0, len(text)-size):] }

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
