package kept

import (
	"maps"
	"slices"
	"sync"

	"speckle-runner/internal/output/disk"
)

// keeping knows the pages that are being kept on the disk.
type keeping struct {
	mu  sync.Mutex
	all map[string]func(full error) // by their files' names, what gives them up
}

func (k *keeping) add(name string, giveUp func(full error)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[string]func(error){}
	}
	k.all[name] = giveUp
}

func (k *keeping) remove(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, name)
}

// makesRoom gives up what is kept, when a disk is full: without it the export may
// have room. It reports whether there was any.
func (k *keeping) makesRoom(full error) bool {
	if !disk.IsFull(full) {
		return false
	}
	k.mu.Lock()
	all := slices.Collect(maps.Values(k.all))
	k.mu.Unlock()
	for _, giveUp := range all {
		giveUp(full)
	}
	return len(all) > 0
}
