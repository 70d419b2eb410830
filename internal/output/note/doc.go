// Package note words what people are told of a run: a title, facts, lists of files,
// changes and records, as plain text that is cut to size and holds no secret. It
// knows no service and no markup, and sends nothing.
package note
