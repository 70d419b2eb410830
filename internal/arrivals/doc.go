// Package arrivals looks for new versions of models, and sees that each has its
// run: that is what on_version in a job file asks for. Speckle's events get lost,
// and a runner behind a firewall can't be called, so somebody has to ask.
//
// Jobs of one server, token and project share a look: one small query, back to
// what the ledger knows. The ledger gives each look to one node, and keeps up to
// where a job's versions are known; it is told last, once all that were found have
// their runs, and each step can be done again: a kill in between repeats, and
// neither loses nor doubles. A server may show a version some time after the time
// that it bears, so each look goes back a little before the newest that is known.
//
// What becomes of a version is decided here, by judge: it runs, it is passed over
// because its model isn't quiet (settle) or a newer one takes its place (overlap:
// replace), or it was missed, because it was made while nothing looked.
//
// The package never runs a job, holds no token and opens no connection: its owner
// asks the server, and the ledger's queue runs what is due.
package arrivals
