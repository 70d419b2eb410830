// Package web is the HTTP side of `runner serve`: health for probes, the API on
// jobs and runs, and who may see the pages of ui.
//
// Who may ask what is decided in one place (admit), before any route is looked
// up:
//
//	                    no token set                      token set
//	bound to loopback   own host names only               any host name, Bearer token
//	bound to more       health only; the rest says how    any host name, Bearer token
//	                    to set a token
//
// Health needs no token, and tells a caller without one no more than a probe
// needs. Requests that other origins make a browser send are refused always.
//
// The package never starts or runs a job itself, it asks the scheduler and the
// ledger; and it never holds a token but its own.
//
// It has more files than other rooms: each answers one question of the API, or is one
// of the things asked before any is answered.
package web
