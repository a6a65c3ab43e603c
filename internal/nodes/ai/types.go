package ai

import (
	"context"
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// Types are the node types of the family.
func Types() []node.Type {
	return append([]node.Type{
		openAIMessage(), openAIResponse(), openAIOld(), chainLLM(), agentNode(), informationExtractor(), textClassifier(),
		sentimentAnalysis(), chainSummarization(), chainRetrievalQa(), memoryManager(), agentToolNode(), mcpClientNode(), mcpToolNode(), mcpTrigger(),
	}, append(storeTypes(), subTypes()...)...)
}

// subTypes are the nodes that hang on others. They never run by themselves; they
// are listed so that what can be connected is known.
func subTypes() []node.Type {
	var list []node.Type
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		versions := []float64{1, 1.1, 1.2, 1.3}
		if name == "lmChatAnthropic" {
			versions = append(versions, 1.4, 1.5, 1.6)
		}
		list = append(list, subType(name, "Chat model", versions, providers[name].credential))
	}
	for _, name := range slices.Sorted(maps.Keys(toolKinds)) {
		if _, root := storeKinds[name]; root || name == mcpToolType { // listed on their own
			continue
		}
		versions := []float64{1, 1.1, 1.2, 1.3}
		if name == "toolWorkflow" {
			versions = append(versions, 2, 2.1, 2.2)
		}
		list = append(list, subType(name, "Tool", versions))
	}
	for _, name := range []string{"outputParserStructured", "outputParserItemList", "outputParserAutofixing"} {
		list = append(list, subType(name, "Output parser", []float64{1, 1.1, 1.2, 1.3}))
	}
	for _, name := range slices.Sorted(maps.Keys(embeddingKinds)) {
		list = append(list, subType(name, "Embeddings", []float64{1, 1.1, 1.2}, embeddingKinds[name].credential))
	}
	for _, name := range []string{"documentDefaultDataLoader", "documentBinaryInputLoader", "documentJsonInputLoader"} {
		list = append(list, subType(name, "Document loader", []float64{1, 1.1}))
	}
	for _, name := range []string{"textSplitterCharacterTextSplitter", "textSplitterRecursiveCharacterTextSplitter", "textSplitterTokenSplitter"} {
		list = append(list, subType(name, "Text splitter", []float64{1}))
	}
	list = append(list, subType("retrieverVectorStore", "Retriever", []float64{1}))
	list = append(list, subType("memoryPostgresChat", "Memory", []float64{1, 1.1, 1.2, 1.3, 1.4}, "postgres"))
	list = append(list, subType("memoryRedisChat", "Memory", []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6}, "redis"))
	return append(list, subType("memoryBufferWindow", "Memory", []float64{1, 1.1, 1.2, 1.3, 1.4}))
}

func subType(name, what string, versions []float64, credentials ...string) node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "@n8n/n8n-nodes-langchain." + name, Versions: versions, Name: name, Description: what + " for AI nodes",
			Group: "ai", Family: node.AI, Credentials: credentials,
		},
		Run: func(context.Context, *node.Call) (node.Result, error) {
			return node.Result{}, fault.New(fault.Invalid, fault.CodeNodeTypeUnsupported,
				"%s nodes do not run by themselves; connect this one to an AI node.", what)
		},
	}
}
