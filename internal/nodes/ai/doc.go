// Package ai is the family of nodes that talk to language models: n8n's two
// OpenAI nodes, and the chains and agents of its LangChain package with their
// sub-nodes.
//
// All calls go through node.AIProvider, which reserves and settles the tenant's
// budget; a node adds up what its calls used. A node without a credential uses
// the platform's provider and key.
//
// A chat call changes nothing outside, so repeating one is safe; what it costs is
// the budget's business, which counts every attempt.
package ai
