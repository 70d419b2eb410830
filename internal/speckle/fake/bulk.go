package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// bulk makes up any number of objects while they are sent. Their data repeats
// every few hundred; their ids don't.
type bulk struct {
	count int32
	slots []object // data with an id to be filled in
}

const (
	bulkSlots = 512
	// bulkRecord is the size of {"id":…,"data":{…}} with its comma.
	bulkRecord = 800
	// bulkPrefix is what all ids begin with; the rest counts up from 1.
	bulkPrefix = "b0b05eed0000000000000000"
	hexDigits  = "0123456789abcdef"
)

// addBulk adds what Options.Bulk asks for.
func (w *world) addBulk(o Bulk) *bulk {
	for i := range o.Projects {
		d := newDice(w.seed, "bulk project "+strconv.Itoa(i), w.now)
		w.add(&project{
			id: d.id(), name: fmt.Sprintf("Archive %04d", i+1), visibility: "PRIVATE", team: w.team(w.users[0]),
			created: w.now.AddDate(-2, 0, 0), updated: d.ago(30, 600),
		})
	}
	if o.Objects == 0 && o.Models == 0 && o.Versions == 0 {
		return nil
	}
	p := &project{
		id: BulkID, name: "Load Test Yard", visibility: "PRIVATE", team: w.team(w.users[0], w.users[1]),
		created: w.now.AddDate(-1, 0, 0), roots: map[string]*root{},
	}
	b := &builder{dice: newDice(w.seed, BulkID, w.now), world: w, project: p}
	yard := &model{id: BulkModelID, name: "Yard", author: w.users[0]}
	p.models = append(p.models, yard)
	at := w.now
	for range max(1, o.Versions) {
		at = at.Add(-time.Minute)
		b.version(yard, at)
	}
	yard.versions[0].object = BulkRootID
	b.date(yard)
	for i := range o.Models {
		b.model(fmt.Sprintf("Bay %03d/Rack %02d", i/20, i%20), mixed)
	}
	w.add(p)
	if o.Objects == 0 {
		return nil
	}
	out := &bulk{count: int32(o.Objects)} //nolint:gosec // far below 2³¹
	for _, o := range elements(newDice(w.seed, BulkRootID, w.now), bulkSlots, "Yard") {
		o.data = padded(o.data)
		out.slots = append(out.slots, o)
	}
	return out
}

// padded fills an element's data up, so that a record has bulkRecord bytes.
func padded(data json.RawMessage) json.RawMessage {
	frame := len(`{"id":"","data":},`) + 32
	room := bulkRecord - frame - len(data)
	open := bytes.TrimSuffix(data, []byte("}"))
	out := append(bytes.Clone(open), `,"vertices":[`...)
	room -= len(`,"vertices":[],"tag":""`)
	for i := 0; room > 12; i++ {
		number := strconv.FormatFloat(float64(i)*1.375+0.25, 'f', -1, 64)
		if i > 0 {
			number = "," + number
		}
		out = append(out, number...)
		room -= len(number)
	}
	out = append(out, `],"tag":"`...)
	out = append(out, bytes.Repeat([]byte("x"), max(room, 0))...)
	return append(out, `"}`...)
}

func (b *bulk) size() int    { return int(b.count) }
func (b *bulk) total() int32 { return b.count }

func (b *bulk) at(i int) object {
	o := b.slots[i%len(b.slots)]
	id := bulkID(i)
	o.data = bytes.Replace(o.data, []byte(o.id), []byte(id), 1)
	o.id = id
	return o
}

func (b *bulk) after(id string) int {
	switch {
	case id < bulkPrefix:
		return 0
	case len(id) != 32 || id[:len(bulkPrefix)] != bulkPrefix:
		return b.size()
	}
	n, err := strconv.ParseUint(id[len(bulkPrefix):], 16, 32)
	if err != nil {
		return b.size()
	}
	return min(int(n), b.size())
}

func bulkID(i int) string { return fmt.Sprintf("%s%08x", bulkPrefix, i+1) }

// writeCount puts the counting part of an id into place.
func writeCount(into []byte, i int) {
	n := uint32(i + 1) //nolint:gosec // 32 bits of id
	for at := 7; at >= 0; at-- {
		into[at] = hexDigits[n&0xf]
		n >>= 4
	}
}
