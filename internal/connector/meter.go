package connector

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Usage says of a request that it calls a model, and where its answer says what was
// used: the call is priced and is in the usage log.
type Usage struct {
	Model      Template  `json:"model" doc:"The model that is called."`
	Prompt     *Template `json:"prompt,omitempty" doc:"Tokens of the prompt: path in the answer's body, or template."`
	Completion *Template `json:"completion,omitempty" doc:"Tokens of the answer."`
	Cached     *Template `json:"cached,omitempty" doc:"Those of the prompt that the service had cached."`
	Most       *Template `json:"most,omitempty" doc:"The most tokens that the answer may have, as it is asked for."`
	Unit       *Template `json:"unit,omitempty" doc:"What is paid beside tokens, or instead of them: second, character, request, or image with its size and quality."`
	Units      *Template `json:"units,omitempty" doc:"How many units: path in the answer's body, or template; mostUnits, if absent."`
	MostUnits  *Template `json:"mostUnits,omitempty" doc:"The most units, before the call; 1, if absent."`
}

// usageOf is the usage of a request: its own, or the file's for all that is no GET,
// HEAD or DELETE.
func (f *File) usageOf(q *Request) *Usage {
	switch {
	case q.Usage != nil || q.Free:
		return q.Usage
	case f.Request == nil, q.Method == "", q.Method == "GET", q.Method == "HEAD", q.Method == "DELETE":
		return nil
	}
	return f.Request.Usage
}

// checkUsage holds that exactly the files that are in the AI function's family by
// their head call models: only there calls are counted.
func (s *service) checkUsage() error {
	calls := false
	for _, o := range s.operations {
		for i := range o.steps {
			if q := o.steps[i].Request; q != nil && s.file.usageOf(q) != nil {
				calls = true
			}
		}
	}
	if calls != s.file.AI {
		return fmt.Errorf(`usage belongs to the requests of files that say "ai": true, and only to theirs`)
	}
	return nil
}

// metered sends a request that calls a model, with the budget before it and the usage
// log behind it.
func (w *work) metered(u *Usage, st *Step, out *outgoing) error {
	meter := w.c.Services.Meter
	if meter == nil {
		return fault.New(fault.Internal, fault.CodeInternal, "Calls of models cannot be counted in this function.")
	}
	call, err := w.modelCall(u, st.Request, out)
	if err != nil {
		return err
	}
	cost, err := meter.Metered(w.ctx, call, func(context.Context) (node.ModelUse, error) {
		w.last.Status = 0
		err := w.transmit(st, out)
		if err != nil && !w.last.OK() {
			return node.ModelUse{}, err
		}
		used, failed := w.used(u, call.Units.Of)
		if err == nil {
			err = failed
		}
		return used, err
	})
	w.spend(cost)
	return err
}

// modelCall is what is known before the request is sent.
func (w *work) modelCall(u *Usage, q *Request, out *outgoing) (node.ModelCall, error) {
	call := w.c.ModelCall(w.scope.item)
	call.OwnKey, call.Timeout = true, q.options().Timeout
	var err error
	if call.Model, err = w.text(&u.Model); err != nil {
		return call, err
	}
	most, _, err := u.Most.value(w.scope)
	if err != nil {
		return call, err
	}
	call.MaxTokens = tokens(most)
	call.Texts, call.FileTokens = textsOf(out.body.Data)
	if u.Unit == nil {
		return call, nil
	}
	call.TokenFree = u.Prompt == nil && u.Completion == nil
	if call.Units.Of, err = w.text(u.Unit); err != nil {
		return call, err
	}
	units, _, err := u.MostUnits.value(w.scope)
	call.Units.Count = max(1, tokens(units))
	return call, err
}

// used reads what the answer says.
func (w *work) used(u *Usage, unit string) (node.ModelUse, error) {
	body := w.scope.vars["$body"]
	out := node.ModelUse{Answered: true}
	out.Texts, _ = textsOf(body)
	for _, f := range []struct {
		t  *Template
		to *int64
	}{{u.Prompt, &out.Tokens.Prompt}, {u.Completion, &out.Tokens.Completion}, {u.Cached, &out.Tokens.Cached}, {u.Units, &out.Units.Count}} {
		if f.t == nil {
			continue
		}
		v, _, err := f.t.of(w.scope, body)
		if err != nil {
			return out, err
		}
		*f.to = tokens(v)
	}
	if out.Units.Count > 0 {
		out.Units.Of = unit
	}
	return out, nil
}

// tokens is a count that a service or an author gives; what is none is 0.
func tokens(v any) int64 {
	n := node.ToNumber(v)
	if math.IsNaN(n) || n < 0 || n > 1e12 {
		return 0
	}
	return int64(math.Ceil(n))
}

const (
	// fileText is how long a text without any white space is that must be a file.
	fileText = 2048
	// fileBytes is how much of a file is a token at least. The densest are recordings:
	// 32 tokens a second, of which the worst has 2 kB (Gemini, "Understand and count tokens").
	fileBytes = 32
)

// textsOf are the texts in a body, and the tokens that the files in it may be.
func textsOf(v any) (texts []string, files int64) {
	switch v := v.(type) {
	case string:
		if len(v) > fileText && !strings.ContainsAny(v[:fileText], " \n\t") {
			return nil, int64(len(v)/fileBytes) + 1
		}
		return []string{v}, 0
	case []any:
		for _, x := range v {
			t, f := textsOf(x)
			texts, files = append(texts, t...), files+f
		}
	case *value.Object:
		for _, x := range v.All() {
			t, f := textsOf(x)
			texts, files = append(texts, t...), files+f
		}
	}
	return texts, files
}

// spend adds a call to what the node run has used; items of safe operations run side
// by side.
func (r *running) spend(c node.ModelCost) {
	if c.Usage.Model == "" {
		return
	}
	r.spending.Lock()
	defer r.spending.Unlock()
	if r.spent == nil {
		r.spent = &workflow.TokenUsage{}
	}
	r.spent.Model = c.Usage.Model
	r.spent.Add(c.Usage)
	r.costMicro += c.CostMicro
}

// result is what the node run gives, with what its calls of models used.
func (r *running) result(items []workflow.Item) node.Result {
	return node.Result{Outputs: [][]workflow.Item{items}, Usage: r.spent, CostMicro: r.costMicro}
}
