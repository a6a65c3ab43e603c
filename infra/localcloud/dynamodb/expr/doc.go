// Package expr is DynamoDB's expression languages: conditions (of writes, filters
// and queries' keys), updates and projections.
//
// An expression is parsed once and cached by its text; what a request changes are
// the placeholders, which Bind resolves and checks. Evaluation then touches only
// the parsed tree, the bound placeholders and the item:
//
//	text ── Cache ──► *Condition | *Update | *Projection
//	                        │ Bind(placeholders)
//	                        ▼
//	                     Binding ── Test, Apply, Project ──► answer
//
// Errors are attr.Invalid with DynamoDB's messages. They come in DynamoDB's order
// where it can be told: syntax, then words and functions that are not allowed,
// then placeholders, then operands' types, then overlapping paths.
package expr
