package api

import (
	"sync"
	"time"
)

// memory keeps a bounded number of things for a bounded time.
type memory[K comparable, V any] struct {
	mu    sync.Mutex
	size  int
	keep  time.Duration
	now   func() time.Time
	items map[K]item[V]
}

type item[V any] struct {
	value V
	until time.Time
}

func newMemory[K comparable, V any](size int, keep time.Duration) *memory[K, V] {
	return &memory[K, V]{size: size, keep: keep, now: time.Now, items: map[K]item[V]{}}
}

func (m *memory[K, V]) get(key K) (value V, until time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(key)
}

func (m *memory[K, V]) put(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.store(key, item[V]{value, m.now().Add(m.keep)})
}

// change replaces a value and leaves its time as it was; a new one begins its time now.
func (m *memory[K, V]) change(key K, next func(V) V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, until, ok := m.find(key)
	if !ok {
		until = m.now().Add(m.keep)
	}
	m.store(key, item[V]{next(value), until})
}

func (m *memory[K, V]) forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, key)
}

func (m *memory[K, V]) find(key K) (value V, until time.Time, ok bool) {
	i, ok := m.items[key]
	if !ok || !m.now().Before(i.until) {
		delete(m.items, key)
		return value, until, false
	}
	return i.value, i.until, true
}

// store makes room first: what is over goes, and when nothing is, any one.
func (m *memory[K, V]) store(key K, i item[V]) {
	if _, there := m.items[key]; !there && len(m.items) >= m.size {
		now := m.now()
		for other, old := range m.items {
			if !now.Before(old.until) {
				delete(m.items, other)
			}
		}
		for other := range m.items {
			if len(m.items) < m.size {
				break
			}
			delete(m.items, other)
		}
	}
	m.items[key] = i
}
