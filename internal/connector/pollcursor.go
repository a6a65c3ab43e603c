package connector

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// cursor is where polling stands. Times are in milliseconds since 1970.
type cursor struct {
	Scope string // hash of what is watched
	// Since is the time of the newest thing, or of the last poll where things go by
	// the clock. The service is asked from a little before it.
	Since int64
	// Floor is the time of the oldest thing at the first poll: older ones that show
	// up later, because others were deleted, are not new.
	Floor int64
	// Seen are the things that are newer than what the service is asked from, by
	// key; Undated those without a time, with when they were last there.
	Seen, Undated map[string]int64
	State         any
}

// The bounds of a cursor: it lies in one item, of 400 KB at most.
const (
	maxSeen   = 4_000
	maxState  = 370 << 10         // bytes of JSON
	keepDays  = 30                // an undated thing that is away for so long is forgotten
	day       = int64(86_400_000) // milliseconds
	maxBehind = day               // since never lies farther back: services refuse questions about long ago
	hashBytes = 9                 // of a key: 72 bits
)

// hashChars is how much of a hash the filter hash gives: 48 bits, for a change that
// must be told from the one value before it.
const hashChars = 8

// hashOf is a key in few bytes.
func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:hashBytes])
}

// stored is a cursor as JSON.
type stored struct {
	Scope   string           `json:"scope,omitempty"`
	Since   int64            `json:"since"`
	Floor   int64            `json:"floor,omitempty"`
	Seen    map[string]int64 `json:"seen,omitempty"`
	Undated map[string]int64 `json:"undated,omitempty"`
	State   *any             `json:"state,omitempty"`
}

func (c *cursor) encode() []byte {
	o := value.NewObject(6)
	if c.Scope != "" {
		o.Set("scope", c.Scope)
	}
	o.Set("since", float64(c.Since))
	if c.Floor != 0 {
		o.Set("floor", float64(c.Floor))
	}
	for _, m := range []struct {
		name string
		of   map[string]int64
	}{{"seen", c.Seen}, {"undated", c.Undated}} {
		if len(m.of) == 0 {
			continue
		}
		list := value.NewObject(len(m.of))
		for _, k := range slices.Sorted(maps.Keys(m.of)) { // the same cursor is the same text
			list.Set(k, float64(m.of[k]))
		}
		o.Set(m.name, list)
	}
	if c.State != nil {
		o.Set("state", c.State)
	}
	return value.JSON(o)
}

func decodeCursor(raw []byte) (*cursor, error) {
	var s stored
	if err := json.Unmarshal(raw, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The place where polling stands cannot be read.")
	}
	c := &cursor{Scope: s.Scope, Since: s.Since, Floor: s.Floor, Seen: s.Seen, Undated: s.Undated}
	if s.State != nil {
		o, err := value.ParseObject(raw)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The place where polling stands cannot be read.")
		}
		c.State, _ = o.Get("state") // as the engine's own values
	}
	return c, nil
}

func (c *cursor) has(key string) bool {
	_, seen := c.Seen[key]
	_, undated := c.Undated[key]
	return seen || undated
}

// note remembers a thing.
func (c *cursor) note(t thing, now int64) {
	m, at := &c.Seen, t.at
	if t.at == 0 {
		m, at = &c.Undated, now
	}
	if *m == nil {
		*m = map[string]int64{}
	}
	(*m)[t.key] = at
}

// begin notes all that is there at the first poll.
func (c *cursor) begin(all []thing, p *asking) {
	for _, t := range all {
		if t.at != 0 && (c.Floor == 0 || t.at < c.Floor) {
			c.Floor = t.at
		}
		c.note(t, p.now)
	}
	if c.Floor == 0 {
		c.Floor = p.from()
	}
	c.prune(p)
}

// refresh keeps undated things in mind for as long as they are there.
func (c *cursor) refresh(all []thing, now int64) {
	for _, t := range all {
		if at, ok := c.Undated[t.key]; ok && t.at == 0 && at < now-day { // once a day: the cursor is written then
			c.Undated[t.key] = now
		}
	}
}

// advance notes what a poll gives; what is left for the next one is asked for again.
func (c *cursor) advance(taken, left []thing, p *asking) {
	newest := c.Since
	for _, t := range taken {
		c.note(t, p.now)
		newest = max(newest, t.at)
	}
	if p.clock {
		newest = p.now
	}
	newest = max(min(newest, p.now), p.now-maxBehind)
	for _, t := range left {
		if t.at != 0 {
			newest = min(newest, t.at)
		}
	}
	c.Since = newest
	c.prune(p)
}

// prune forgets what cannot be found again.
func (c *cursor) prune(p *asking) {
	from := p.from()
	maps.DeleteFunc(c.Seen, func(_ string, at int64) bool { return at < from })
	maps.DeleteFunc(c.Undated, func(_ string, at int64) bool { return at < p.now-keepDays*day })
	for n, at := range oldest(c.Seen) {
		c.Floor = max(c.Floor, at+1)
		delete(c.Seen, n)
	}
	for n := range oldest(c.Undated) {
		delete(c.Undated, n)
	}
}

// oldest are those that are too many to be kept.
func oldest(m map[string]int64) map[string]int64 {
	if len(m) <= maxSeen {
		return nil
	}
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return int(min(max(m[a]-m[b], -1), 1)) })
	out := map[string]int64{}
	for _, n := range names[:len(m)-maxSeen] {
		out[n] = m[n]
	}
	return out
}
