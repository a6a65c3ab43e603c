// Package extend is n8n's data transformation functions: methods that n8n's
// expressions add to text, numbers, lists, objects, booleans and dates. A call
// x.method(…) of one of these names is compiled to Call(x, "method", …), which
// looks for the function by the type of x, then for a method of x itself.
//
// Text that is a complete ISO date ("2024-01-31T10:00:00.000Z") counts as a date.
package extend
