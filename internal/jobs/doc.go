// Package jobs makes jobs that are ready to run of a job file: it checks everything
// that can be checked without a network, and every problem comes back at once, with
// its place in the file. The package never reads the environment or a clock, and never
// shows what looks like a token.
//
// It is larger than other rooms, and most of it are checks, a file a family of keys:
// they look at keys of each other, so that borders between them would be crossed at
// once. How the file is written is document's, its keys are shape's and choices', and
// what can be asked without a job file has rooms of its own below it, too: schedule,
// jq, placeholder and spelling.
package jobs

//go:generate go run ./generate
