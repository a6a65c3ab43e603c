package searchtest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Memory keeps blobs in memory.
type Memory struct {
	// BeforePut and AfterPut, if set, run around each write; an error of BeforePut
	// means that nothing was written, one of AfterPut that it was but the caller
	// does not know. BeforeGet fails a read.
	BeforePut, AfterPut, BeforeGet func(key string) error

	mu    sync.Mutex
	blobs map[string]blob
	count int // of writes, so that no version is used twice
	Gets  int // reads that gave data
}

type blob struct {
	data    []byte
	version string
}

// Get implements search.Blobs.
func (m *Memory) Get(_ context.Context, key, known string) ([]byte, string, error) {
	if m.BeforeGet != nil {
		if err := m.BeforeGet(key); err != nil {
			return nil, "", err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[key]
	if !ok {
		return nil, "", fault.New(fault.NotFound, fault.CodeNotFound, "There is no blob %q.", key)
	}
	if known == b.version {
		return nil, b.version, nil
	}
	m.Gets++
	return slices.Clone(b.data), b.version, nil
}

// Put implements search.Blobs.
func (m *Memory) Put(_ context.Context, key string, data []byte, expected string) (string, error) {
	if m.BeforePut != nil {
		if err := m.BeforePut(key); err != nil {
			return "", err
		}
	}
	version, err := m.put(key, data, expected)
	if err == nil && m.AfterPut != nil {
		err = m.AfterPut(key)
	}
	return version, err
}

func (m *Memory) put(key string, data []byte, expected string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.blobs[key].version != expected {
		return "", fault.New(fault.Conflict, fault.CodeConflict, "The blob %q has changed.", key)
	}
	if m.blobs == nil {
		m.blobs = map[string]blob{}
	}
	m.count++
	b := blob{slices.Clone(data), "v" + strconv.Itoa(m.count)}
	m.blobs[key] = b
	return b.version, nil
}

// Delete implements search.Blobs.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, key)
	return nil
}

// Keys returns the keys in use, sorted.
func (m *Memory) Keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for k := range m.blobs {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
