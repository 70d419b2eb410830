// Package jobs reads the job file: it decodes it strictly, checks everything
// that can be checked without a network, and gives jobs that are ready to run.
// Every problem comes back at once, with its place in the file. The JSON
// Schema and the reference page come from the same structs that the file is
// read into. The package never reads the environment or a clock, and never
// shows what looks like a token.
//
// It is larger than other rooms (some 6,700 lines, 59 files): a key is a shape, its
// check and its text, in a file a family, and checks look at keys of each other.
// What can be asked without a job file has rooms of its own below it: schedule,
// jq, placeholder and the others.
package jobs

//go:generate go run ./generate
