package jq

import "time"

// Vars are what a program may name beside its input. Data and Each are values
// as Decode makes them. gojq may write to them (the same values again), so two
// goroutines may not run programs on one Data or Each at the same time.
type Vars struct {
	Data        any // $data: the page's data without its records
	Each        any // $each: the for_each record
	Version     any // $version: the version that elements are read of
	Job         string
	Tick        time.Time // $tick, as Speckle writes times: 2026-03-02T02:30:00.000Z
	LastSuccess time.Time // $last_success, likewise; null when zero

	// Zone is the one of localtime and strflocaltime; nil is UTC. It belongs to
	// the run: jobs of several zones may share a program.
	Zone *time.Location
}

// variables are the names of Vars, in the order in which gojq gets them.
var variables = []string{"$data", "$each", "$job", "$tick", "$last_success", "$version"}
