// Package query is what a GraphQL query's own text says, held against the facts
// of Speckle's open source schema: how it pages, which collections it holds and
// how large they may be, the columns of its records, the scopes that it needs.
// The facts stand in data/; generate makes them anew.
//
// It has more files than other rooms: each holds one question to one tree, and
// none of them is asked without the tree.
//
// It never sends anything and knows no HTTP, and it never says that a name is
// wrong because the facts lack it: the server has the last word.
package query
