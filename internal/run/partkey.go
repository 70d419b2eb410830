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

// partKey names the part of an item. Another attempt has the same key only for the same
// job and query, the same variables and the same record of the for_each.
func (r *reader) partKey(it item, variables map[string]jsontext.Value) string {
	h := sha256.New()
	add := func(text []byte) { fmt.Fprintf(h, "%d:%s,", len(text), text) }
	add([]byte(r.source.hash()))
	if !r.mutates() { // a mutation was carried out, whatever has changed since
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
