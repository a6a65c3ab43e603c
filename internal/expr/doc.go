// Package expr evaluates n8n's expressions: parameters that begin with "=" and
// hold JavaScript between {{ and }}. Plain property paths are evaluated directly;
// everything else runs in a fresh goja runtime with guarded natives, watched time
// and memory. An expression is evaluated once, on the author's text, never on data.
package expr
