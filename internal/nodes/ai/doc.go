// Package ai is the family of nodes that talk to language models: n8n's two
// OpenAI nodes, and the chains and agents of its LangChain package with their
// sub-nodes.
//
// All calls go through node.AIProvider and node.Embedder, which reserve and settle
// the tenant's budget; a node adds up what its calls used. A node without a
// credential uses the platform's provider and key.
//
// A call of a model changes nothing outside, so repeating one is safe; what it
// costs is the budget's business, which counts every attempt.
//
// # Documents
//
// A vector store's node inserts what its document loader makes of the items, cut by
// a text splitter and embedded, under ids that follow from the node run: an insert
// that is repeated puts the same in. Retrievers, the question and answer chain and
// agents' tools find it again. Stores are reached by package vectorstore, files are
// read by package document, texts are cut by package textsplit.
//
// # Tools
//
// Tools of agents are sub-nodes of the family, or nodes of others: every type that
// calls out has a "<type>Tool" (node.Tools), whose $fromAI calls are the model's
// arguments. It runs inside the agent's run, with its own credential and under the
// rules of its type. An agent that may change something through a tool is unsafe,
// and a failure after it did has an unknown outcome.
//
// The tools of an MCP server (package mcp) are read when the agent starts, and the
// session ends with the node run. They go by what the server says of them: one that is
// not marked as reading only may change something. What a tool says is wrong goes to
// the model; a call that got no answer stops the run, because it may have been done.
//
// The MCP Server Trigger is the way round: a client calls a tool, which is a run whose
// first and only node is the trigger, and the trigger's node run is the tool's. Its
// claim, checkpoint, usage and outcome are what they are for an agent's tools, and a
// tool that runs a workflow waits for it as an agent does.
package ai
