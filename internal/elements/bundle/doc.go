// Package bundle reads the elements of a version that is a bundle of parquet
// files, whole or not at all.
//
// It opens files that lie on this machine and asks no server for them. A bundle
// of any size is read in flat memory: only wanted columns are decoded, and what
// belongs to an object is brought together by way of scratch files, in buckets of
// object numbers, since rows may come in any order. It never judges a bundle by
// its version, only by what is in it.
package bundle
