package main

import (
	"fmt"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/tokens"
)

// read reads the job file. Variables that it names as secrets are kept from token_command.
func (s *settings) read(inForce *jobs.File) (*jobs.File, document.Problems) {
	file, problems := jobs.LoadAll(s.files, inForce)
	if file != nil {
		tokens.Withhold(file.SecretVariables()...)
	}
	return file, problems
}

// jobFile names what -f names, for messages.
func (s *settings) jobFile() string { return secret.MaskAll(strings.Join(s.files, ", ")) }

// load reads the job file and prints all of its errors. Of mere warnings it prints the
// number: `validate` shows them.
func (s *settings) load() (*jobs.File, error) {
	file, problems := s.read(nil)
	if len(problems) > 0 && len(problems.Errors()) == 0 {
		fmt.Fprintf(s.err, "%s: %s; runner validate tells\n", s.jobFile(), figures.Count(len(problems), "warning"))
		problems = nil
	}
	return s.loaded(file, problems)
}

// loaded prints all problems of a file, and gives the file if it can be used: of several
// files, the good ones.
func (s *settings) loaded(file *jobs.File, problems document.Problems) (*jobs.File, error) {
	if len(problems) > 0 {
		fmt.Fprintln(s.err, problems.Error())
	}
	if file == nil {
		return nil, invalidError{problems.Errors()}
	}
	for _, r := range file.Refused {
		fmt.Fprintf(s.err, "%s is refused%s; the other job files are used\n", secret.MaskAll(r.File), withJobs(r.Jobs))
	}
	s.someRefused = file.Refused != nil
	return file, nil
}

// loadChosen reads the job file and gives the named jobs; without names, all.
func (s *settings) loadChosen(names []string) ([]*jobs.Job, error) {
	file, err := s.load()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return file.Jobs, nil
	}
	return s.choose(file, names)
}

// withJobs names the jobs of a refused file.
func withJobs(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ", with " + figures.First(names, "more job")
}

// choose gives the named jobs, in the order of the names, each once. Refused job files
// don't matter then, unless one of these jobs is in them.
func (s *settings) choose(file *jobs.File, names []string) ([]*jobs.Job, error) {
	chosen, unknown := file.Choose(names)
	s.someRefused = false
	if r := file.Refusing(unknown...); r != nil && len(unknown) > 0 {
		return nil, fmt.Errorf("no job %s, because %s is refused: %w", strings.Join(unknown, ", "), secret.MaskAll(r.File),
			invalidError{r.Problems})
	}
	if len(unknown) > 0 {
		return nil, usagef("no job %s in %s; it has %s", strings.Join(unknown, ", "), file.Name, file.JobNames())
	}
	return chosen, nil
}
