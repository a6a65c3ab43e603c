package tenant

import (
	"context"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// loadLimit bounds one read on behalf of all callers that wait for it.
const loadLimit = 5 * time.Second

// cache keeps what was read for cacheFor, also that something does not exist.
// Callers that miss the same key together share one read.
type cache[K comparable, V any] struct {
	clock   clock.Clock
	entries *lru.Cache[K, entry[V]]
	flights singleflight.Group
}

type entry[V any] struct {
	value V
	err   error // fault.NotFound only
	until time.Time
}

func newCache[K comparable, V any](c clock.Clock, size int) *cache[K, V] {
	entries, err := lru.New[K, entry[V]](size)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &cache[K, V]{clock: c, entries: entries}
}

// get returns the cached value of k, or loads it.
func (c *cache[K, V]) get(ctx context.Context, k K, load func(context.Context) (V, error)) (V, error) {
	if e, ok := c.entries.Get(k); ok && c.clock.Now().Before(e.until) {
		return e.value, e.err
	}
	flight := c.flights.DoChan(fmt.Sprint(k), func() (any, error) {
		// A read that ended between the look above and here serves us too.
		if e, ok := c.entries.Get(k); ok && c.clock.Now().Before(e.until) {
			return e.value, e.err
		}
		// The read serves others too, so it does not end with its first caller.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
		defer cancel()
		asked := c.clock.Now()
		v, err := load(ctx)
		if err == nil || fault.Is(err, fault.NotFound) {
			c.entries.Add(k, entry[V]{v, err, asked.Add(cacheFor)})
		}
		return v, err
	})
	select {
	case r := <-flight:
		return r.Val.(V), r.Err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// drop forgets k: this instance has changed it.
func (c *cache[K, V]) drop(k K) { c.entries.Remove(k) }
