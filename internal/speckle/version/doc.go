// Package version finds a version of a model and brings its data to this
// machine: a bundle's files, or the objects of a graph.
//
// The token goes to its own server alone, and nothing of ours to the storage
// that a bundle's files come from: their addresses are secrets by themselves,
// and are kept nowhere. It never fetches geometry, and never takes a file or a
// graph for whole that isn't. It reads no element: packages bundle and graph
// do, from the files that it leaves.
package version
