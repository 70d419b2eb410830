// Package columns reads columns of one parquet file in step, a few thousand rows
// at a time, and decodes only what is asked for.
//
// The files come from a network, so nothing that one says about its sizes is
// believed before it is judged: a broken or hostile file is an error, never a
// panic and never a huge allocation, which is why the walk through footers and
// pages is the package's own. It reads what bundles have, flat columns of
// numbers, text and booleans; it never writes, and knows no bundle.
package columns
