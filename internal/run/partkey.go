package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// partKey names what an item gives: the same job, asking the same, with the
// same variables, from the same record of the for_each.
func (r *reader) partKey(it item, variables map[string]jsontext.Value) string {
	h := sha256.New()
	add := func(text []byte) { fmt.Fprintf(h, "%d:%s,", len(text), text) }
	add([]byte(r.source.hash()))
	if !r.mutates() { // what was done was done, whatever has changed around it
		add([]byte(r.Job.Hash + r.lastSuccess().Format(time.RFC3339Nano) + r.runner.UserAgent))
	}
	add(it.text)
	fmt.Fprintf(h, "%d,", it.again)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		add([]byte(name))
		add(variables[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
