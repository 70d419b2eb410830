// Package graph reads the building elements of a version whose data is an
// object graph: objects as JSON, each a line, below a root whose closure names
// them all.
//
// It reads local files and keeps some 32 bytes an object in memory, whatever
// an object's size. It never asks a server, and never takes a graph for whole
// in which an object is missing, double or none that the closure names, nor one
// whose closure lacks what its objects are made of.
package graph
