package flow

import "github.com/automatelanka/automatelanka/internal/node"

func noOp() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.noOp", Versions: []float64{1}, Name: "No Operation, do nothing",
			Description: "Hands on its items unchanged.",
			Group:       "flow", Family: node.Pure, AnyVersion: true, Inputs: main1, Outputs: main1,
		},
		Run: pass,
	}
}

func stickyNote() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.stickyNote", Versions: []float64{1}, Name: "Sticky Note",
			Description: "A note on the canvas; it never runs.",
			Group:       "flow", Family: node.Pure, AnyVersion: true,
			Params: []node.Param{{Name: "content", Type: "string", Default: "", Description: "The note's text, in Markdown."}},
		},
		Run: pass,
	}
}
