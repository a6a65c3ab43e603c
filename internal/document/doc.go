// Package document takes the text out of files: JSON, CSV, Word (docx), EPUB and
// PDF, in the parts that LangChain's loaders, which n8n uses, make of them.
//
// Files are a tenant's: sizes are limited after they are unpacked, and what cannot
// be read is an error that says so, never a panic.
package document
