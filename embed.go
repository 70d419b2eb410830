// Package runner carries the files of the project's root that the program
// shows and runs. It holds no code.
package runner

import _ "embed"

// Examples is jobs.example.yaml, the gallery that `runner demo` runs.
//
//go:embed jobs.example.yaml
var Examples []byte
