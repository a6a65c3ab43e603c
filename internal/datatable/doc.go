// Package datatable is tenants' tables: rows that workflows keep from run to run, as
// n8n's data tables. A table has columns with a type each, and rows that are
// numbered from 1; every row has its number (id) and two times (createdAt,
// updatedAt) beside the columns.
//
// # What is promised
//
// A row that is written is written once. Whoever may be repeated (a node run that
// died, an answer that was lost) names its operation by a key: each batch of writes
// is one transaction together with an entry under that key, and a repetition finds
// the entries, goes on after them, and answers what the first time would have.
//
// An update changes a row only as it was read, and else reads it again. An upsert
// inserts only if nothing was written to the table since it found no match, so that
// two runs that meet do not insert the same row twice.
//
// A tenant's rows together have at most MaxBytes. That holds exactly: each write
// moves the sum in its own transaction, under the condition that there is room.
//
// # Reading
//
// Rows are read in the order of their numbers, a page at a time, and a filter looks
// at each: tables are small (MaxBytes), and no column has an index. Filters of one
// node run are tried on each row together, in one pass.
package datatable
