package code

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
)

// Types are the node types of the family.
func Types() []node.Type {
	return []node.Type{codeNode(), aiTransformNode(), functionNode(), functionItemNode()}
}

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

// aiTransformNode runs the code that n8n's editor had a model write; it writes none.
func aiTransformNode() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.aiTransform", Versions: []float64{1}, Name: "AI Transform",
			Description: "Runs the JavaScript that a model wrote for the node in n8n's editor", Group: "transform", Family: node.Code,
			Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "instructions", Type: "string", Default: "", Description: "What the code does, in words"},
				{Name: "jsCode", Type: "string", Default: "", Description: "The code, which runs once for all items"},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			source, err := text(c, "jsCode", "")
			if err == nil && source == "" {
				err = node.WithDetail(node.Errorf("Missing code for data transformation"), "Write it in the parameter jsCode; here no model writes it.")
			}
			if err != nil {
				return node.Result{}, err
			}
			return run(ctx, c, node.CodeJob{Source: source})
		},
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
