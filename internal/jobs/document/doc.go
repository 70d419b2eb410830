// Package document reads the text of a job file: from YAML to nodes that know their
// place, and from what is wrong to problems that show it. It knows the YAML library
// and no key of ours, reads no file, and never shows what looks like a token.
package document
