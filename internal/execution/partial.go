package execution

import (
	"encoding/json"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Partial is a node run that has asked for runs of workflows: what it asked for,
// and what it keeps until they have ended. It is kept by node and run index, not by
// attempt: one that fails later goes on from here when it is repeated or resumed,
// and pays for nothing twice.
type Partial struct {
	Node  string
	Run   int
	Ask   *node.SubRuns
	Keeps []byte           // the node's own
	Took  workflow.SubRuns // by the runs that it asked for before
}

// partialForm and subRunForm are the form in the store.
type partialForm struct {
	Node     string           `json:"n"`
	Run      int              `json:"r"`
	Keeps    []byte           `json:"k,omitempty"`
	Took     workflow.SubRuns `json:"t"`
	First    int              `json:"f,omitempty"`
	Detached bool             `json:"d,omitempty"`
	GoOn     bool             `json:"g,omitempty"`
	Runs     []subRunForm     `json:"w"`
}

type subRunForm struct {
	Workflow string          `json:"w,omitempty"`
	Name     string          `json:"m,omitempty"`
	Inline   string          `json:"j,omitempty"`
	LastRun  bool            `json:"l,omitempty"`
	Items    json.RawMessage `json:"i"`
	Code     fault.Code      `json:"ec,omitempty"`
	Message  string          `json:"em,omitempty"`
}

// Encode is its form in the store.
func (p *Partial) Encode() ([]byte, error) {
	f := partialForm{
		Node: p.Node, Run: p.Run, Keeps: p.Keeps, Took: p.Took, First: p.Ask.First, Detached: p.Ask.Detached, GoOn: p.Ask.GoOn,
		Runs: make([]subRunForm, len(p.Ask.Runs)),
	}
	for i, r := range p.Ask.Runs {
		f.Runs[i] = subRunForm{Workflow: r.Workflow, Name: r.Name, Inline: string(r.Inline), LastRun: r.LastRun, Items: workflow.AppendItems(nil, r.Items)}
		if e := fault.Of(r.Err); e != nil {
			f.Runs[i].Code, f.Runs[i].Message = e.Code, e.Message
		}
	}
	return json.Marshal(f)
}

// ParsePartial reads what Encode wrote.
func ParsePartial(b []byte) (*Partial, error) {
	var f partialForm
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	p := &Partial{
		Node: f.Node, Run: f.Run, Keeps: f.Keeps, Took: f.Took,
		Ask: &node.SubRuns{First: f.First, Detached: f.Detached, GoOn: f.GoOn, Runs: make([]node.SubRun, len(f.Runs))},
	}
	for i, r := range f.Runs {
		items, err := value.Parse(r.Items)
		if err != nil {
			return nil, err
		}
		run := node.SubRun{Workflow: r.Workflow, Name: r.Name, LastRun: r.LastRun}
		if run.Items, err = workflow.ItemsOf(items); err != nil {
			return nil, err
		}
		if r.Inline != "" {
			run.Inline = []byte(r.Inline)
		}
		if r.Code != "" {
			run.Err = fault.New(fault.Invalid, r.Code, "%s", r.Message)
		}
		p.Ask.Runs[i] = run
	}
	return p, nil
}
