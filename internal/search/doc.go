// Package search finds templates and workflows by what they do, and says why.
//
// # What is searched
//
// A Document is a template, or a workflow of a tenant. Its text (name,
// description, tags, use cases) and each of its use cases have a vector. An Index
// holds the documents of one owner: Everybody's templates, or a tenant's own
// workflows. A query runs over the first, one of the second, or both, so the
// documents and word statistics of tenants never meet, in memory or in storage.
//
// # How
//
// Every query is compared with every vector: 10,000 take under a millisecond, and
// no approximation is needed. Beside it stands BM25 over the words (package
// lexical), normalised to the share of the query that a document covers. Rule says
// how the two combine and what was measured. Words that are no words are mended
// before they are embedded (Speller).
//
// # Keeping up
//
// The vectors of the built-in templates are committed (package builtin). Changes
// come from the table's stream, twice and in any order: each carries the version
// of its document, an older one is ignored, and a deletion is remembered for
// longer than the stream can be late. So any order gives the same index, which a
// test compares with a rebuilt one. Only changed texts are embedded again.
//
// An index is one blob an owner, written by Store with a condition on its version
// and read by Searcher, which asks once a second whether there is a new version.
// Format and model are part of the blob's key: an index for a new model is made
// beside the old one, out of its documents, when the first change comes or by
// Rebuild; until then the old one still answers by its words. Package feed turns
// the stream's events into changes.
package search
