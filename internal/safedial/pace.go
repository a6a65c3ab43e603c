package safedial

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxSpent bounds how long "no calls are left" is believed: services count by
// route or kind of call too, and the calls of another kind may go on.
const maxSpent = time.Minute

// admit waits for the host's turn. A spelling that no connection would be opened
// to is judged where it is dialled.
func (d *Dialer) admit(ctx context.Context, host string) error {
	if d.pace == nil {
		return nil
	}
	ascii, err := canonicalHost(host)
	if err != nil {
		return nil //nolint:nilerr // refused later, with the right words
	}
	return d.pace.Admit(ctx, ascii)
}

// heard passes on what a response says of the service's own limits.
func (d *Dialer) heard(ctx context.Context, resp *http.Response) {
	if d.pace == nil {
		return
	}
	host, err := canonicalHost(resp.Request.URL.Hostname())
	if err != nil {
		return
	}
	now := d.clock.Now()
	wait := spent(resp.Header, now)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		wait = max(wait, RetryAfter(resp.Header, now))
	}
	if wait > 0 {
		d.pace.Heard(ctx, host, wait)
	}
}

// counters are the names under which services say how many calls are left, each
// with that of the moment at which there are more.
var counters = []struct{ left, reset string }{
	{"Ratelimit-Remaining", "Ratelimit-Reset"},
	{"X-Ratelimit-Remaining", "X-Ratelimit-Reset-After"}, // Discord gives both; this one needs no clock
	{"X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
	{"X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"},
	{"X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"}, // OpenAI, as "6m0s"
}

// spent is how long no calls are left, 0 if there are some or nothing is said.
func spent(h http.Header, now time.Time) time.Duration {
	for _, c := range counters {
		if strings.TrimSpace(h.Get(c.left)) != "0" {
			continue
		}
		if wait := untilReset(strings.TrimSpace(h.Get(c.reset)), now); wait > 0 {
			return min(wait, maxSpent)
		}
	}
	return 0
}

// untilReset reads seconds, a moment in seconds or milliseconds since 1970, or a duration.
func untilReset(text string, now time.Time) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		d, _ := time.ParseDuration(text)
		return d
	case n > 1e12:
		return time.UnixMilli(int64(min(n, 1e15))).Sub(now)
	case n > 1e9:
		return time.Unix(int64(n), 0).Sub(now)
	case n > 0:
		return time.Duration(n * float64(time.Second))
	}
	return 0
}
