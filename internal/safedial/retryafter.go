package safedial

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter bounds what a server may ask for; a longer wait counts as this.
const MaxRetryAfter = time.Hour

// RetryAfter reads when a response asks to be repeated: OpenAI's retry-after-ms,
// or Retry-After as seconds or as an HTTP date relative to now (RFC 9110,
// 10.2.3). It is 0 if the response does not say or says nonsense.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After-Ms")), 64); err == nil && ms >= 0 {
		return clampRetry(ms / 1000)
	}
	text := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 {
		return clampRetry(s)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return clampRetry(at.Sub(now).Seconds())
	}
	return 0
}

func clampRetry(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds > MaxRetryAfter.Seconds() {
		return MaxRetryAfter
	}
	return time.Duration(seconds * float64(time.Second))
}
