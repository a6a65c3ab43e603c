package inject

import (
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
)

// reorderMost is by how much a reordered message is late.
const reorderMost = 50 * time.Millisecond

// Outcome is what happens to a call.
type Outcome uint8

// The outcomes. Reset is a connection that breaks, Failure an answer with status 500.
const (
	Fine Outcome = iota
	FailBefore
	ResetBefore
	FailAfter
	ResetAfter
	Throttle
	Conflict
)

// Before reports whether the call is not carried out.
func (o Outcome) Before() bool {
	return o == FailBefore || o == ResetBefore || o == Throttle || o == Conflict
}

// After reports whether it is carried out, and then reported as failed.
func (o Outcome) After() bool { return o == FailAfter || o == ResetAfter }

// Decision is the fate of one call.
type Decision struct {
	Outcome Outcome
	Delay   time.Duration
}

// Plan decides. A nil Plan lets everything go well. It is safe for concurrent use.
type Plan struct {
	rules []rule
	seed  uint64
	meter *meter.Meter

	mu     sync.Mutex
	counts map[string]uint64 // calls so far, by what is decided
}

// New reads a specification; it returns nil for an empty one.
func New(spec string, seed uint64, m *meter.Meter) (*Plan, error) {
	rules, err := parse(spec)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	return &Plan{rules: rules, seed: seed, meter: m, counts: map[string]uint64{}}, nil
}

// draw gives the next random number in [0, 1) of a series. It depends on the seed,
// the series' name and how often it was asked, and on nothing else.
func (p *Plan) draw(series string) float64 {
	p.mu.Lock()
	n := p.counts[series]
	p.counts[series] = n + 1
	p.mu.Unlock()
	h := mix(p.seed)
	for i := range len(series) {
		h = mix(h ^ uint64(series[i]))
	}
	return float64(mix(h^n)>>11) / (1 << 53)
}

// mix is the finalizer of splitmix64: it spreads the bits of a number evenly.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// writes are the operations that can meet a transaction on an item.
var writes = map[string]bool{"PutItem": true, "UpdateItem": true, "DeleteItem": true, "TransactWriteItems": true}

// Call decides about a call of an operation.
func (p *Plan) Call(service, operation string) Decision {
	if p == nil {
		return Decision{}
	}
	before, after, throttle, conflict := 0.0, 0.0, 0.0, 0.0
	var delay time.Duration
	touched := false
	for i := range p.rules {
		r := &p.rules[i]
		if !r.applies(service, operation) {
			continue
		}
		touched = true
		before = max(before, r.chance["error"])
		after = max(after, r.chance["apply-then-error"])
		throttle = max(throttle, r.chance["throttle"])
		if writes[operation] {
			conflict = max(conflict, r.chance["conflict"])
		}
		delay = max(delay, r.upTo["delay"])
	}
	if !touched {
		return Decision{}
	}
	d := Decision{Delay: time.Duration(float64(delay) * p.draw(service+"."+operation+"/delay"))}
	u := p.draw(service + "." + operation)
	switch {
	case u < before/2:
		d.Outcome = FailBefore
	case u < before:
		d.Outcome = ResetBefore
	case u < before+after/2:
		d.Outcome = FailAfter
	case u < before+after:
		d.Outcome = ResetAfter
	case u < before+after+throttle:
		d.Outcome = Throttle
	case u < before+after+throttle+conflict:
		d.Outcome = Conflict
	}
	if d.Outcome != Fine {
		p.meter.Add("faults."+service, 1)
	}
	return d
}

// chance decides about something that happens with the highest probability that a
// rule gives it.
func (p *Plan) chance(service, name string) bool {
	if p == nil {
		return false
	}
	most := 0.0
	for i := range p.rules {
		if p.rules[i].applies(service, "") {
			most = max(most, p.rules[i].chance[name])
		}
	}
	if most == 0 || p.draw(service+"/"+name) >= most {
		return false
	}
	p.meter.Add("faults."+service+"."+name, 1)
	return true
}

// Duplicate says whether a message stays visible although it was received.
func (p *Plan) Duplicate() bool { return p.chance("sqs", "duplicate") }

// Reorder is by how much a message becomes visible late.
func (p *Plan) Reorder() time.Duration {
	if !p.chance("sqs", "reorder") {
		return 0
	}
	return time.Duration(float64(reorderMost) * p.draw("sqs/late"))
}

// DuplicateStart says whether a state machine run is started twice.
func (p *Plan) DuplicateStart() bool { return p.chance("states", "duplicate") }

// Kill says whether the process of a function dies during a call that it makes, and
// if so whether before the call is carried out.
func (p *Plan) Kill() (kill, before bool) {
	if !p.chance("lambda", "kill") {
		return false, false
	}
	return true, p.draw("lambda/kill when") < 0.5
}

// ItemUnits is how many write units an item takes in a second; 0: any number.
func (p *Plan) ItemUnits() int {
	least := 0
	if p == nil {
		return least
	}
	for i := range p.rules {
		if n := p.rules[i].units; n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// IndexLag returns how far global indexes are behind, nil if they are not.
func (p *Plan) IndexLag() func() time.Duration {
	if p == nil {
		return nil
	}
	var most time.Duration
	for i := range p.rules {
		most = max(most, p.rules[i].upTo["lag"])
	}
	if most == 0 {
		return nil
	}
	return func() time.Duration { return time.Duration(float64(most) * p.draw("dynamodb/lag")) }
}
