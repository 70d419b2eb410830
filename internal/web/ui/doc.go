// Package ui is the pages of `runner serve`: what a person looks at in the
// morning. A page is one Go file and one template of the same name in pages.
// Everything that a page needs is in this binary: no page asks another host.
//
// The package decides nothing about who may look, which its owner (web) does,
// and changes nothing by itself: a button asks the scheduler or the ledger.
//
// It is larger than other rooms: a page is a file, and the pages share their words.
package ui
