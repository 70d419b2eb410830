package service

import (
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/tokens"
)

// Lacks names what would keep a job from running here: variables and files that hold
// nothing. That may be right: a job file is often checked on another machine.
func Lacks(job *jobs.Job) []string {
	var missing []string
	if err := tokens.Look(job.Token); err != nil {
		missing = append(missing, err.Error()+" (a run here would end with exit code 4)")
	}
	if exposed := job.Token.Exposed(); exposed != "" {
		missing = append(missing, exposed)
	}
	for _, name := range job.SecretVariables() {
		if _, err := (secret.Source{Env: name}).Resolve(); err != nil { // in the words of a run
			missing = append(missing, err.Error()+" (messages to it could not be delivered from here)")
		}
	}
	return missing
}

// HowToSet tells in a line how a variable is set that a job lacks here; "" where none does.
func HowToSet(file *jobs.File) string {
	var errs []error
	for _, job := range file.Jobs {
		errs = append(errs, tokens.Look(job.Token))
		for _, name := range job.SecretVariables() {
			_, err := (secret.Source{Env: name}).Resolve()
			errs = append(errs, err)
		}
	}
	return secret.HowToSet(errs...)
}
