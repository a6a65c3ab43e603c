package usage

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

const (
	// pricesFor is how old the list may be: a change holds within 5 s.
	pricesFor = 4 * time.Second
	// pricesLimit bounds one read of the list; calls wait for it.
	pricesLimit = time.Second
)

// PriceList is the prices that come with the program with those that operators
// set. It is safe for concurrent use.
type PriceList struct {
	Base  *Table
	Load  func(context.Context) ([]Price, error)
	Clock clock.Clock
	Log   *slog.Logger

	mu    sync.Mutex
	table *Table
	until time.Time
}

// Table returns the prices that hold now, at most 5 s old. While the store does
// not answer, what was read last holds on.
func (l *PriceList) Table() *Table {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Clock.Now()
	if l.table != nil && now.Before(l.until) {
		return l.table
	}
	ctx, cancel := clock.WithTimeout(context.Background(), l.Clock, pricesLimit)
	defer cancel()
	set, err := l.Load(ctx)
	l.until = now.Add(pricesFor)
	if err == nil {
		l.table = l.Base.With(set...)
		return l.table
	}
	l.Log.Warn("the prices could not be read; the last ones hold", "error", err)
	if l.table == nil {
		l.table = l.Base
	}
	return l.table
}
