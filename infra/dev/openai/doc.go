// Package openai is a small server that speaks OpenAI's chat and embedding APIs, for tests and
// for the tour of a fresh clone, where no key and no network are at hand.
//
// Its answers are a function of the question, so that a run can be repeated:
// plain chats are echoed, a JSON mode gets an object, a JSON schema an instance
// of it, a forced tool a call of it; embeddings of texts that share words are near to
// each other. Faults of chats are scripted, one per request, in the
// order in which they were pushed: statuses with Retry-After, connections that
// are cut before or within the answer, a missing usage, a delay, a hang. Every
// request is kept and can be counted.
package openai
