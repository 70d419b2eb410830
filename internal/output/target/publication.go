package target

import "context"

// Publication is the set of files or objects of one run: they are staged by
// Create, put in place together, and seen by nobody before.
type Publication interface {
	// Create stages a file for a path or an address. Close it when it is complete.
	Create(ctx context.Context, path string, o CreateOptions) (Staged, error)
	// Commit is Place and Settle, for what nothing else has to go with. The lease,
	// which may be nil, is asked before each one.
	Commit(ctx context.Context, lease *Lease) ([]Published, error)
	// Place puts everything in place and keeps what it replaces, until Settle or
	// Undo. An error says what became of it: mostly that nothing was published.
	Place(ctx context.Context, lease *Lease) error
	// Settle ends a publication that is in place: what it replaced is gone then.
	Settle(ctx context.Context) ([]Published, error)
	// Undo makes the place what it was before Place. The error names what couldn't
	// be put back.
	Undo(ctx context.Context) error
	// Left gives what was left out because newer ones lie there, after Place.
	Left() []Left
	// Warnings says what was done without a way back.
	Warnings() []string
	// Abort removes what is staged. After the end it does nothing.
	Abort()
}

// Journal keeps on the disk what a publication is about to put in another place,
// so that another process can take it back.
type Journal interface {
	Note(note any) error
}

// Pending are the publications whose other places are still to be seen to.
type Pending interface {
	// EachUnfinished has what a job's publications left put right, of all jobs
	// when it is "". What do gives no error for is forgotten.
	EachUnfinished(job string, do func(Unfinished) error) error
}
