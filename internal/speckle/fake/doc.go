// Package fake is an embedded server that answers as a Speckle server does: a
// real GraphQL executor over a part of Speckle's schema, with its paging
// habits, limits, scope checks, error shapes and headers, and a seeded
// building project to read. Tests and `runner demo` read from it.
//
// Faults can be switched on while it runs (see [Fault]): answers that are cut,
// late, refused, short or wrong in the ways that real ones are.
//
// What it says follows observations of specklesystems/speckle-server 51d43b91
// (2026-06-15). It shares no code with the client: it judges tokens, scopes
// and pages by itself, so that a mistake in the client cannot hide here. It
// never listens on anything but loopback, never keeps what is changed in it,
// and never logs a token.
//
// It is larger than other rooms, because it is a server: schema, resolvers,
// made-up building and faults share one world. A request comes in at serve.go;
// graph.go answers it by way of run.go and the resolvers, or plain.go beside
// GraphQL, and way.go spoils what goes out. What they read, seed.go, bulk.go and
// publish.go have made.
package fake
