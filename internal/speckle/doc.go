// Package speckle is everything that this program knows of the Speckle API:
// servers and their endpoints, and how a query is sent and read to its end,
// record by record. What a query's text says is query's, how records are split off
// an answer is split's, what a job would meet is preflight's. It never knows a
// job, a schedule or an output, never calls an answer whole that isn't, and never
// prints a token or sends it to another host.
//
// A request goes through machinebox/graphql and these layers below it, each a
// RoundTripper: retrier, limited, authorized, judged (which splits the records
// off), dated, watched, what sends the first requests of readers side by side as
// one (batch), and the network.
//
// Its files read down: ask and read begin; pages, again, walk, resume and page are the
// steps of a reading; client and transport send what they ask; and call, answer and
// errors are what both know.
//
// It is larger than other rooms: the layers and the reading of pages share a call under
// way, whose records may be taken back by either.
// A border between them would make that call's insides words for everybody.
package speckle
