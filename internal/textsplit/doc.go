// Package textsplit cuts texts into chunks as LangChain's text splitters do, which
// n8n uses: by a separator, by separators from coarse to fine, and by tokens.
//
// Lengths are counted as JavaScript does, in UTF-16 units, so that chunks are those
// that n8n makes; but a character is never cut in two. Texts of any size take time
// in proportion to their length.
package textsplit
