package blobtest

import (
	"maps"
	"sync"
)

// memory is what a server of our own keeps.
type memory struct {
	mu      sync.Mutex
	buckets map[string]map[string]Object
	begun   map[string]*upload // by their id
	ids     int
	version int
}

// upload is one that is under way.
type upload struct {
	bucket, key string
	object      Object
	content     []byte
	blocks      map[string]string // Azure's
	size        int64
	sum         string // Google's
	ifMatch     string // what Google's ifGenerationMatch says
	done        bool
}

func newMemory() *memory {
	return &memory{buckets: map[string]map[string]Object{}, begun: map[string]*upload{}}
}

func (m *memory) make(bucket string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buckets[bucket] = map[string]Object{}
}

func (m *memory) objects(bucket string) map[string]Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.buckets[bucket])
}

func (m *memory) put(bucket, key string, o Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.store(bucket, key, o)
}

// store puts an object as a new version; the lock is held.
func (m *memory) store(bucket, key string, o Object) {
	m.version++
	o.version = m.version
	m.buckets[bucket][key] = o
}

func (m *memory) remove(bucket, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.buckets[bucket], key)
}

func (m *memory) uploads(bucket string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, u := range m.begun {
		if u.bucket == bucket && !u.done {
			n++
		}
	}
	return n
}
