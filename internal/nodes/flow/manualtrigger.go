package flow

import "github.com/automatelanka/automatelanka/internal/node"

func manualTrigger() node.Type {
	return node.Type{Spec: node.Spec{
		Type: "n8n-nodes-base.manualTrigger", Versions: []float64{1}, Name: "Manual Trigger",
		Description: "Starts the workflow on request, with the items of the request or one empty item.",
		Group:       "trigger", Family: node.Pure, Trigger: true, Outputs: main1,
	}}
}
