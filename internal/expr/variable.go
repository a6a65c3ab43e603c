package expr

import (
	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/value"
)

// fastVariable returns the direct form of one of n8n's variables that stand for
// plain data, nil for others.
func fastVariable(name string) fastNode {
	if v := plain[name]; v != nil {
		return v
	}
	return nil
}

// plain are the variables that are plain data.
var plain = map[string]variable{
	"undefined": func(*Evaluator, int) (any, error) { return undefined, nil },
	"$json":     currentJSON,
	"$data":     currentJSON,
	"$itemIndex": func(_ *Evaluator, item int) (any, error) {
		return float64(item), nil
	},
	"$position":      func(_ *Evaluator, item int) (any, error) { return float64(item), nil },
	"$thisItemIndex": func(_ *Evaluator, item int) (any, error) { return float64(item), nil },
	"$runIndex":      func(e *Evaluator, _ int) (any, error) { return float64(e.scope.RunIndex), nil },
	"$thisRunIndex":  func(e *Evaluator, _ int) (any, error) { return float64(e.scope.RunIndex), nil },
	"$mode":          func(e *Evaluator, _ int) (any, error) { return e.scope.Mode, nil },
	"$executionId":   func(e *Evaluator, _ int) (any, error) { return e.scope.ExecutionID, nil },
	"$resumeWebhookUrl": func(e *Evaluator, _ int) (any, error) {
		return e.scope.ResumeURL, nil
	},
	"$response":    extra("$response"),
	"$request":     extra("$request"),
	"$pageCount":   extra("$pageCount"),
	"$vars":        func(e *Evaluator, _ int) (any, error) { return orEmpty(e.scope.Vars), nil },
	"$env":         func(*Evaluator, int) (any, error) { return value.NewObject(0), nil },
	"$nodeId":      ofNode(func(e *Evaluator) any { return e.scope.Node.ID }),
	"$nodeVersion": ofNode(func(e *Evaluator) any { return e.scope.Node.TypeVersion }),
	"$webhookId": ofNode(func(e *Evaluator) any {
		if e.scope.Node.WebhookID == "" {
			return undefined
		}
		return e.scope.Node.WebhookID
	}),
}

// extra is a variable that only some parameters have.
func extra(name string) variable {
	return func(e *Evaluator, _ int) (any, error) {
		if v, ok := e.scope.Extra[name]; ok {
			return v, nil
		}
		return undefined, nil
	}
}

func ofNode(f func(*Evaluator) any) variable {
	return func(e *Evaluator, _ int) (any, error) {
		if e.scope.Node == nil {
			return undefined, nil
		}
		return f(e), nil
	}
}

func orEmpty(o *value.Object) *value.Object {
	if o == nil {
		return value.NewObject(0)
	}
	return o
}

func currentJSON(e *Evaluator, item int) (any, error) {
	it, err := e.scope.current(item)
	switch {
	case err != nil:
		return nil, err
	case it.JSON == nil:
		return undefined, nil
	}
	return it.JSON, nil
}

// fields are members of n8n's variables that are plain data.
var fields = map[string]variable{
	"$workflow.id":     ofWorkflow("id"),
	"$workflow.name":   ofWorkflow("name"),
	"$workflow.active": ofWorkflow("active"),
	"$execution.id":    func(e *Evaluator, _ int) (any, error) { return e.scope.ExecutionID, nil },
	"$execution.mode":  func(e *Evaluator, _ int) (any, error) { return e.scope.executionMode(), nil },
	"$execution.resumeUrl": func(e *Evaluator, _ int) (any, error) {
		return e.scope.ResumeURL, nil
	},
	"$execution.resumeFormUrl": func(e *Evaluator, _ int) (any, error) {
		return form.URL(e.scope.ResumeURL), nil
	},
	"$prevNode.name":        ofPrevious("name"),
	"$prevNode.outputIndex": ofPrevious("outputIndex"),
	"$prevNode.runIndex":    ofPrevious("runIndex"),
}

// executionMode is $execution.mode: n8n knows two.
func (s *Scope) executionMode() string {
	if s.Mode == "manual" {
		return "test"
	}
	return "production"
}

func ofWorkflow(key string) variable {
	return func(e *Evaluator, _ int) (any, error) {
		v, ok := e.scope.workflowData().Get(key)
		if !ok {
			return undefined, nil
		}
		return v, nil
	}
}

func (s *Scope) workflowData() *value.Object {
	if s.Workflow == nil {
		return value.NewObject(0)
	}
	return value.Obj("active", s.Workflow.Active, "id", s.Workflow.ID, "name", s.Workflow.Name)
}

func ofPrevious(key string) variable {
	return func(e *Evaluator, _ int) (any, error) {
		v, ok := e.scope.previous().Get(key)
		if !ok {
			return undefined, nil
		}
		return v, nil
	}
}

// previous is $prevNode: where the first input's items came from.
func (s *Scope) previous() *value.Object {
	src, ok := s.source(0)
	if !ok {
		return value.NewObject(0)
	}
	return value.Obj("name", src.Node, "outputIndex", float64(src.Output), "runIndex", float64(src.Run))
}
