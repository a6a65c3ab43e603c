// Package extend is n8n's data transformation functions: methods that n8n's
// expressions add to text, numbers, lists, objects, booleans and dates. A call
// x.method(…) of one of these names is compiled to Call(x, "method", …), which
// looks for the function by the type of x, then for a method of x itself.
package extend
