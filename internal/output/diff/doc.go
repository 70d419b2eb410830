// Package diff says what changed between two exports: which records were added,
// which are gone, and which fields of those that stayed are different. It keeps
// a snapshot of an export, not the export, and compares in flat memory.
//
// It reads records and knows neither where they are written nor who is told.
package diff
