// Package embedding makes embedding calls: texts to vectors, to OpenAI and the
// services that speak its API (Mistral), Google's Gemini, Cohere and Ollama.
//
// A Client is the transport only: one request, one answer, no retries. Repeating
// is the engine's business, and the budget stands before it (usage.MeteredEmbedder).
// What a failure means for that budget is in the fault's Outcome: NotSent and
// Refused were not billed, Unknown may have been.
//
// The tenant's own key or base URL is used through the safe dialer; the platform's
// base URL, which may be private, has a dialer of its own.
package embedding
