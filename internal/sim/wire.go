package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
)

var (
	errFault  = errors.New("injected fault")
	errKilled = errors.New("the function was killed")
)

// wire carries calls to the database and injects faults into them.
type wire struct {
	next http.RoundTripper
	rnd  *rand.Rand
	rate float64 // chance of a fault for one write
	// killAt counts down the calls until the running function dies; negative: it lives.
	killAt int
	killed bool
	// calls counts the calls of the database; at, if set, says what happens to each.
	calls int
	at    func(call int) mishap
	// between, if set, is called before each call: other functions run at the same time.
	between func()
	// writes counts those that reached the database: what was true stays true
	// while there is none.
	writes int
	// spent counts the calls of the running function.
	spent int
	// lagging is the chance that sweep reads its index as it was when shown; stale
	// counts how often it did.
	lagging float64
	shown   map[string][]byte
	stale   int
}

// mostCalls is more than any function makes: one that does goes round in circles.
const mostCalls = 5000

// aside takes the running function off the wire, and returns what puts it back.
func (w *wire) aside() (back func()) {
	rate, kill, killed, at, between, spent := w.rate, w.killAt, w.killed, w.at, w.between, w.spent
	w.killAt, w.killed, w.spent = -1, false, 0
	return func() {
		w.rate, w.killAt, w.killed, w.at, w.between, w.spent = rate, kill, killed, at, between, spent
	}
}

// mishap is what a test lets happen to one call.
type mishap int

const (
	fine    mishap = iota
	refused        // nothing is done
	lost           // it is done, and the answer is lost
	fatal          // it is done, and the function that called dies
)

// dead reports whether the function has been killed; each call brings it closer.
func (w *wire) dead() bool {
	if w.killed {
		return true
	}
	if w.killAt < 0 {
		return false
	}
	if w.killAt == 0 {
		w.killed = true
		return true
	}
	w.killAt--
	return false
}

func (w *wire) before() bool { return w.rate > 0 && w.rnd.Float64() < w.rate/2 }
func (w *wire) after() bool  { return w.rate > 0 && w.rnd.Float64() < w.rate/2 }

// RoundTrip fails before the call, after it (applied, but the caller sees an
// error), or not at all. A killed function's last call may have been applied.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.spent++; w.spent > mostCalls {
		panic(fmt.Sprintf("a function makes more than %d calls", mostCalls))
	}
	if w.between != nil && !w.killed {
		w.between()
	}
	was := w.killed
	if w.dead() {
		if !was && w.rnd.IntN(2) == 0 {
			if resp, err := w.pass(r); err == nil {
				resp.Body.Close()
			}
		}
		return nil, errKilled
	}
	what := fine
	if w.at != nil {
		what = w.at(w.calls)
		w.calls++
	}
	if w.before() || what == refused {
		return unavailable(r), nil
	}
	resp, err := w.pass(r)
	if err == nil && what == fatal {
		resp.Body.Close()
		w.killed = true
		return nil, errKilled
	}
	if err == nil && (w.after() || what == lost) {
		resp.Body.Close()
		return unavailable(r), nil
	}
	return resp, err
}

// ofIndex answers a query of the open index, now and then as it was the last time:
// global indexes follow their tables late, have for a while what is done with, and lack
// what has just begun.
func (w *wire) ofIndex(r *http.Request, part string) (*http.Response, error) {
	if was, ok := w.shown[part]; ok && w.lagging > 0 && w.rnd.Float64() < w.lagging {
		w.stale++
		return answered(r, http.StatusOK, was), nil
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	now, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	w.shown[part] = now
	return answered(r, http.StatusOK, now), nil
}

// partOfIndex is the part of the open index that a call asks for: its shard, and from
// where on; "" for all other calls.
func partOfIndex(r *http.Request) string {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Query") {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	var q struct {
		IndexName                 string
		ExpressionAttributeValues map[string]map[string]string
		ExclusiveStartKey         json.RawMessage
	}
	if json.Unmarshal(body, &q) != nil || q.IndexName != "open" {
		return ""
	}
	return q.ExpressionAttributeValues[":os"]["S"] + string(q.ExclusiveStartKey)
}

// pass hands a call to the database.
func (w *wire) pass(r *http.Request) (*http.Response, error) {
	if target := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(target, ".GetItem") && !strings.HasSuffix(target, ".Query") {
		w.writes++
	}
	if part := partOfIndex(r); part != "" {
		return w.ofIndex(r, part)
	}
	return w.next.RoundTrip(r)
}

func unavailable(r *http.Request) *http.Response {
	return answered(r, http.StatusServiceUnavailable, []byte(`{"__type":"ServiceUnavailable","message":"injected fault"}`))
}

func answered(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Request: r, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}
