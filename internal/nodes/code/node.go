package code

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const (
	legacyFunction = "function"
	legacyItem     = "functionItem"
	// tool is code that an AI agent calls: it returns any value, which becomes the
	// field "response" of one item.
	tool = "tool"

	// DefaultTimeout is what a piece of code has, all its items together.
	DefaultTimeout = 60 * time.Second
)

// runCode runs the Code node.
func runCode(ctx context.Context, c *node.Call) (node.Result, error) {
	language, err := text(c, "language", "javaScript")
	if err != nil {
		return node.Result{}, err
	}
	if language != "javaScript" {
		return node.Result{}, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
			"The Code node runs JavaScript only; this node's language is %s.", language)
	}
	mode, err := text(c, "mode", "runOnceForAllItems")
	if err != nil {
		return node.Result{}, err
	}
	source, err := text(c, "jsCode", "")
	if err != nil {
		return node.Result{}, err
	}
	each := mode == "runOnceForEachItem"
	if each {
		if err := checkEachItem(source); err != nil {
			return node.Result{}, err
		}
	}
	return run(ctx, c, node.CodeJob{Source: source, EachItem: each})
}

// untouched is what the nodes do whose author left the code as it came, which n8n
// does not write down: they mark the items.
var untouched = map[string]string{
	legacyFunction: "for (const item of items) item.json.myNewField = 1\nconsole.log('Done!')\nreturn items",
	legacyItem:     "item.myNewField = 1\nconsole.log('Done!')\nreturn item",
}

// runLegacy runs the Function and Function Item nodes.
func runLegacy(ctx context.Context, c *node.Call, legacy string) (node.Result, error) {
	source, err := text(c, "functionCode", untouched[legacy])
	if err != nil {
		return node.Result{}, err
	}
	c.Scope().Inputs = c.Inputs // their items are those that the node works on
	return run(ctx, c, node.CodeJob{Source: source, EachItem: legacy == legacyItem, Legacy: legacy})
}

func run(ctx context.Context, c *node.Call, job node.CodeJob) (node.Result, error) {
	job.Call, job.Timeout = c, DefaultTimeout
	if c.Services.Code == nil {
		return node.Result{}, fault.New(fault.Internal, fault.CodeInternal, "Code cannot run here.")
	}
	out, err := c.Services.Code.Run(ctx, job)
	if err != nil {
		return node.Result{Logs: out.Logs}, err
	}
	return node.Result{Outputs: [][]workflow.Item{out.Items}, Logs: out.Logs}, nil
}

// text reads a parameter that is the author's text and never an expression.
func text(c *node.Call, name, def string) (string, error) {
	v, ok := c.Node.Parameters.Get(name)
	if !ok || v == nil {
		return def, nil
	}
	s, ok := v.(string)
	if !ok {
		return "", fault.New(fault.Invalid, fault.CodeValidation, "The parameter %q of the node is not text.", name)
	}
	return s, nil
}
