package expr

import (
	"strings"
	"sync"
)

// cacheSize is how many expressions of a kind a Cache holds. Programs use some
// hundred; only expressions built from data are many, and those are parsed anew.
const cacheSize = 4096

// Cache parses expressions and remembers them by their text. The zero Cache is
// ready; it is safe for concurrent use.
type Cache struct {
	conditions  cached[*Condition]
	keys        cached[*Condition]
	filters     cached[*Condition]
	updates     cached[*Update]
	projections cached[*Projection]
}

// Condition returns the parsed ConditionExpression.
func (c *Cache) Condition(text string) (*Condition, error) {
	return c.conditions.get(text, func(text string) (*Condition, error) { return parseCondition("ConditionExpression", text) })
}

// Filter returns the parsed FilterExpression.
func (c *Cache) Filter(text string) (*Condition, error) {
	return c.filters.get(text, func(text string) (*Condition, error) { return parseCondition("FilterExpression", text) })
}

// KeyCondition returns the parsed KeyConditionExpression.
func (c *Cache) KeyCondition(text string) (*Condition, error) {
	return c.keys.get(text, func(text string) (*Condition, error) { return parseCondition("KeyConditionExpression", text) })
}

// Update returns the parsed UpdateExpression.
func (c *Cache) Update(text string) (*Update, error) { return c.updates.get(text, parseUpdate) }

// Projection returns the parsed ProjectionExpression.
func (c *Cache) Projection(text string) (*Projection, error) {
	return c.projections.get(text, parseProjection)
}

// cached remembers the results of parsing; when it is full it begins anew.
type cached[T any] struct {
	mu    sync.RWMutex
	known map[string]T
}

func (c *cached[T]) get(text string, parse func(string) (T, error)) (T, error) {
	c.mu.RLock()
	e, ok := c.known[text]
	c.mu.RUnlock()
	if ok {
		return e, nil
	}
	text = strings.Clone(text) // it may share the bytes of a whole request
	e, err := parse(text)
	if err != nil {
		return e, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= cacheSize {
		c.known = map[string]T{}
	}
	c.known[text] = e
	return e, nil
}
