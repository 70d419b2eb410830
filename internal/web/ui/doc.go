// Package ui is the pages of `runner serve`: what a person looks at in the
// morning. A page is one Go file and one template of the same name in pages.
// Everything that a page needs is in this binary: no page asks another host.
//
// The package decides nothing about who may look, which its owner (web) does,
// and changes nothing by itself: a button asks the scheduler or the ledger.
//
// It has more files than other rooms (24, some 2,900 lines): a page is one.
package ui
