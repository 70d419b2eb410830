// Package speckle sends queries to a Speckle server and reads their answers to the end,
// record by record. Rooms beside it know the rest of the API: query reads a query's
// text, split splits records off an answer, preflight asks what a job would meet. The
// package never knows a job, a schedule or an output, never calls an answer complete
// that isn't, and never prints a token or sends it to another host.
//
// A request goes through machinebox/graphql and these layers below it, each a
// RoundTripper: retrier, limited, authorized, judged (which splits the records
// off), dated, watched, what sends the first requests of readers side by side as
// one (batch), and the network.
//
// Where to begin: ask.go and read.go are the ways in; pages, again, walk, resume and page
// are the steps of a reading; client and transport send requests; call, answer and errors
// are shared by both.
//
// It is larger than other rooms: the reading of pages and the layers share a call under
// way, whose records either may take back. A border between them would have to export
// that call's insides.
package speckle
