// Package feed brings the search indexes up to date with the tenants' workflows:
// event by event as the table's stream tells them, and by rebuilding a tenant's
// index of all its workflows.
//
// A document's version is the number of the workflow's current version, which
// only rises, and a deletion carries the one that it deleted; so events may come
// twice and in any order. What changes a workflow without a new version, such as
// its activation, changes nothing that is searched and is passed over unread.
package feed
