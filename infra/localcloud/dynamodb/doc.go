// Package dynamodb is DynamoDB and DynamoDB Streams of the local cloud: it speaks
// their JSON 1.0 protocol to the real SDK clients, keeps everything in a kv.Store,
// and refuses what production refuses.
//
// # How a request goes
//
//	ServeHTTP / Do ──► request.go   read once into a request, strings sharing its bytes
//	                   compile.go   expressions from the cache, bound to the placeholders
//	                   write.go …   lock the item, read it, test, change (batch, transact)
//	                   mutation.go  stage: item, index entries, expiry, stream record
//	                   kv.Commit    one batch for each write operation
//
// key.go has the layout of the store; attr has the values, expr the expressions.
//
// # Consistency
//
// A write holds the lock of its item from reading the old one to the end of the
// commit, and a transaction those of all its items, taken in order. The item, its
// index entries, its stream record and its transaction's token are one batch: no
// crash leaves one without the others. Reads take no locks, except
// TransactGetItems, which sees one moment of all its items. Where DynamoDB would
// cancel one of two transactions that meet (TransactionConflict), the second waits.
//
// Index reads are as fresh as the table's, unless Options.IndexLag says otherwise;
// then the writes of global indexes wait in the store until they are due.
//
// # Streams
//
// A record's sequence number is given out under the item's lock, and shown to
// readers only when all before it in its shard are committed, so that a reader
// that goes on from the last number it saw misses nothing. A change that leaves an
// item as it was makes no record. Shards are fixed when the stream is made: they
// neither split nor end. Readers in the process use Service.Stream, which waits
// instead of polling; the wire operations read the same records.
//
// # Held against
//
// The conformance package runs one suite against this service and against DynamoDB
// Local. Where the two differ, we follow AWS; the suite names each such case.
//
// # What it costs
//
// Measured by BenchmarkOperations without the SDK, on 2 virtual cores shared with
// other work, items of 400 bytes, durable against kill -9, with a sparse index and
// time to live; CPU of all threads with the store's own work, per operation:
//
//	                            no stream     stream of both images
//	GetItem                      2.8 µs
//	GetItem with a projection    3.0 µs
//	Query of 5 items             7.4 µs
//	UpdateItem, conditional     11.5 µs       13.3 µs
//	PutItem, conditional        13.8 µs       14.3 µs
//	a condition that fails       5.5 µs
//	TransactWriteItems of two   26.3 µs       31.5 µs
//
// # What it has not
//
// Legacy parameters (AttributesToGet, Expected, KeyConditions and their kin),
// PartiQL, UpdateTable, backups, global tables, exports, tags and resource policies
// answer LocalCloudUnsupported. Tables are on demand and do not
// throttle; an item does where Options.ItemUnits says so.
// DescribeTable counts no items: AWS's count is hours old as well. Item
// collections have no size limit.
package dynamodb
