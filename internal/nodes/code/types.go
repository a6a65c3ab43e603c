package code

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
)

// Types are the node types of the family.
func Types() []node.Type { return []node.Type{codeNode(), functionNode(), functionItemNode()} }

func codeNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.code", Versions: []float64{1, 2}, Name: "Code",
			Description: "Run custom JavaScript code", Group: "transform", Family: node.Code,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "language", Type: "options", Default: "javaScript", Options: []node.Option{
					{Value: "javaScript", Name: "JavaScript"},
					{Value: "python", Name: "Python", Description: "Not supported: fails when it is reached"},
				}},
				{Name: "mode", Type: "options", Default: "runOnceForAllItems", Options: []node.Option{
					{Value: "runOnceForAllItems", Name: "Run Once for All Items", Description: "Run this code only once, no matter how many input items there are"},
					{Value: "runOnceForEachItem", Name: "Run Once for Each Item", Description: "Run this code as many times as there are input items"},
				}},
				{Name: "jsCode", Type: "string", Default: "", Description: "JavaScript code to execute"},
			},
		},
		Run: runCode,
	}
}

func functionNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.function", Versions: []float64{1}, AnyVersion: true, Name: "Function",
			Description: "Run custom function code which gets executed once and allows you to add, remove, change and replace items",
			Group:       "transform", Family: node.Code, Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{{Name: "functionCode", Type: "string", Default: untouched[legacyFunction], Description: "The JavaScript code to execute"}},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return runLegacy(ctx, c, legacyFunction) },
	}
}

func functionItemNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.functionItem", Versions: []float64{1}, AnyVersion: true, Name: "Function Item",
			Description: "Run custom function code which gets executed once per item",
			Group:       "transform", Family: node.Code, Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{{Name: "functionCode", Type: "string", Default: untouched[legacyItem], Description: "The JavaScript code to execute for each item"}},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return runLegacy(ctx, c, legacyItem) },
	}
}
