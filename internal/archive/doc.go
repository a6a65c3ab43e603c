// Package archive is how long a tenant's data is kept, and how all of it is
// handed out or erased.
//
// # Retention
//
// Of each tenant the last 1,000 completed (and cancelled) and the last 5,000
// failed executions are kept, and whatever is younger than the plan's retention
// days. A pass goes through the tenants in turn, within a bound of time, and the
// next one goes on where it ended. Usage records stay: they are the bill,
// and so do the tenant's file space (node.FileSpace) and its data tables: what workflows
// keep there is theirs to replace. An erasure removes it with all else. A pass also
// removes what is left of data tables whose deletion was begun.
//
// Some files are stored before the execution that names them: those of a form, and
// large inputs. The execution may be refused then, or who was to start it may die. So
// it is announced before they are stored, and an hour later a pass removes the files of
// those that never came.
//
// # Erasure
//
// A tenant that is to be erased is suspended first: nothing new begins. Its open
// executions are cancelled and its schedules taken away. Then the function register
// takes its addresses away at the services that call them, while their credentials
// are still there; the erasure waits some minutes for that, and names in its record
// what a service did not let go. Then passes go over the
// whole of both tables and the bucket and remove what belongs to the tenant,
// until one that began a while after the last removal has found nothing: that
// pass is the proof, and its figures are kept with the erasure's record. Each
// step can be repeated, and another caller may go on where one died.
//
// # Export
//
// An export is everything that belongs to the tenant, readable, in pages: records
// in n8n's and the API's terms, data tables with their rows, and files in base64, those of the file space too. A
// file is read by ranges, a page at a time, so that its size does not matter. Secrets (hashes of keys,
// credentials) are left out.
package archive
