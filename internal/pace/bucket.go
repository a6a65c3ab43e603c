package pace

import "time"

// bucket is what an instance knows of one.
type bucket struct {
	tokens  int // of the last batch
	until   time.Time
	size    int // of the next batch
	free    int // free calls made in the window
	window  time.Time
	gaveNow bool // the last token was a free one
	holds   map[string]time.Time
}

// spend takes a token that is here.
func (b *bucket) spend(now time.Time) bool {
	if b.tokens > 0 && now.Before(b.until) {
		b.tokens--
		b.gaveNow = false
		return true
	}
	if b.tokens > 0 { // it lapsed: the batches were too large
		b.tokens, b.size = 0, max(b.size/2, 1)
	}
	if b.window.IsZero() || !now.Before(b.window.Add(FreeWindow)) {
		b.window, b.free = now, 0
	}
	if b.free < FreeCalls {
		b.free++
		b.gaveNow = true
		return true
	}
	return false
}

// next is the size of the next batch: it doubles while batches are used up.
func (b *bucket) next(most int) int {
	b.size = min(max(b.size, 1), most)
	return b.size
}

// fill takes what is left of a new batch.
func (b *bucket) fill(n int, now time.Time) {
	if !now.Before(b.until) {
		b.tokens = 0
	}
	b.tokens, b.until, b.gaveNow = b.tokens+n, now.Add(LeaseTime), false
	b.size *= 2
}

// giveBack undoes spend: another bucket had no token.
func (b *bucket) giveBack() {
	if b.gaveNow && b.free > 0 {
		b.free--
		return
	}
	b.tokens++
}

// hold notes a hold; it reports whether one as long was known.
func (b *bucket) hold(credential string, until time.Time) (known bool) {
	if !b.holds[credential].Before(until) {
		return true
	}
	if b.holds == nil {
		b.holds = map[string]time.Time{}
	}
	if len(b.holds) >= maxHolds {
		clear(b.holds)
	}
	b.holds[credential] = until
	return false
}

// maxHolds bounds what is kept of one bucket.
const maxHolds = 100
