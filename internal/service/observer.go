package service

import (
	"time"

	"speckle-runner/internal/run"
)

// Observer is shown runs by hand while they go on.
type Observer interface {
	// Begun says that a run has begun, and gives the observer of that run.
	Begun(label string) RunObserver
}

// RunObserver is shown one run while it goes on.
type RunObserver interface {
	// Progress says where the run is.
	Progress(run.Progress)
	// Doing says what is done when records are neither read nor written.
	Doing(what string)
	// Waiting says that an attempt failed, why, and when the next one begins.
	Waiting(failed, why string, pause time.Duration)
	// Done says that the run is over.
	Done()
}

// nobody is the observer where nobody looks.
type nobody struct{}

func (nobody) Begun(string) RunObserver             { return nobody{} }
func (nobody) Progress(run.Progress)                {}
func (nobody) Doing(string)                         {}
func (nobody) Waiting(_, _ string, _ time.Duration) {}
func (nobody) Done()                                {}
