// Package lexical finds documents by their words: BM25 over weighted fields,
// forgiving of word forms (stems), of unfinished words and of typing errors.
//
// An Index is one collection; a query may run over several at once and then
// sees their joint statistics, so that scores of different collections compare.
package lexical
