package store

import (
	"errors"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// Causes with which the context of a run ends.
var (
	// ErrFenced says that the run belongs to another attempt or has ended: its former
	// owner may not publish or write anything any more.
	ErrFenced = errors.New("the run belongs to another attempt now")
	// ErrCanceled is the cause of a run that was canceled by hand.
	ErrCanceled = errors.New("canceled")
	// ErrReplaced is the cause of a run that a newer tick replaces.
	ErrReplaced = errors.New("replaced by a newer tick")
	// ErrShutdown is the cause of a run that the end of its process interrupts.
	ErrShutdown = errors.New("interrupted by shutdown")
)

// Refusals of what was asked for.
var (
	// ErrRunning says that the job has a run that has not ended.
	ErrRunning = errors.New("the job is running")
	// ErrNotFound says that the ledger has no such run.
	ErrNotFound = history.ErrNotFound
	// ErrEnded says that a run has already ended, so that it can't be canceled.
	ErrEnded = errors.New("the run has ended")
	// ErrNewer says that this runner is too old for the ledger, which doesn't pass by itself.
	ErrNewer = errors.New("the database was made by a newer runner")
	// ErrLocked, ErrFull, ErrRefused and ErrDisplaced are what a database says of itself.
	ErrLocked    = database.ErrLocked
	ErrFull      = database.ErrFull
	ErrRefused   = database.ErrRefused
	ErrDisplaced = database.ErrDisplaced
)
