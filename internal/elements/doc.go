// Package elements makes records of the building elements of one version: a
// door, a wall, a room a record, with the properties that a job asks for.
//
// It reads what a Source gives and never asks a server, opens no file of an
// output and knows no job file. Package bundle reads Sources from parquet
// bundles, package graph from object graphs: the same building gives the same
// records from both.
package elements
