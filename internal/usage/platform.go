package usage

import (
	_ "embed"
	"encoding/json"
	"math"
	"time"
)

//go:embed platform.json
var platformTable []byte

// Platform prices what a run takes of the cloud itself: requests, capacity units,
// transitions and GB-seconds. It is an estimate: it counts what a run of that
// shape takes, not what this one took.
type Platform struct {
	Million  map[string]float64 `json:"usdPerMillion"`  // of each kind of request or unit
	GBSecond map[string]float64 `json:"usdPerGBSecond"` // of functions, of Express
	Memory   map[string]float64 `json:"memoryGB"`       // of each family's function
	Run      map[string]float64 `json:"run"`            // requests of one machine run
	Task     map[string]float64 `json:"task"`           // requests of one attempt of a node in a function
	Seconds  map[string]float64 `json:"seconds"`        // of advance, beside the nodes themselves
}

// BuiltinPlatform is the table that comes with the program.
func BuiltinPlatform() *Platform {
	p := &Platform{}
	if err := json.Unmarshal(platformTable, p); err != nil {
		panic("usage: platform.json: " + err.Error()) // a test holds the file valid
	}
	return p
}

// Work is what a run did, as far as it costs.
type Work struct {
	Machines int           // state machine runs
	Pure     time.Duration // of nodes that run within advance
	Tasks    []Task
}

// Task is the attempts of one node run in a function of its own.
type Task struct {
	Family   string
	Attempts int
	Duration time.Duration // of the last attempt
}

// Cost is what the work costs, in millionths of a US dollar, rounded up.
func (p *Platform) Cost(w Work) int64 {
	usd := p.requests(p.Run, w.Machines) + p.time("advance", float64(w.Machines)*p.Seconds["run"]+w.Pure.Seconds())
	for _, t := range w.Tasks {
		n := max(t.Attempts, 1)
		usd += p.requests(p.Task, n) + p.time(t.Family, t.Duration.Seconds()*float64(n)) + p.time("advance", p.Seconds["task"]*float64(n))
	}
	return int64(math.Ceil(usd*1e6 - 1e-9))
}

func (p *Platform) requests(counts map[string]float64, times int) float64 {
	usd := 0.0
	for kind, n := range counts {
		usd += n * p.Million[kind] / 1e6
	}
	return usd * float64(times)
}

// time is seconds of a function, and of the machine run that waits for it.
func (p *Platform) time(family string, seconds float64) float64 {
	return seconds * (p.Memory[family]*p.GBSecond["lambda"] + p.Memory["express"]*p.GBSecond["express"])
}
