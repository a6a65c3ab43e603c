// Package kv is the local cloud's durable storage: one ordered map of bytes with
// atomic batches, shared by all services, each under its own key prefix.
//
// # What a commit survives
//
// Commit returns when the batch's log record has been written to the operating
// system. The death of the process (kill -9 included) then loses nothing, because
// the bytes are no longer the process's: this is tested by killing writers. With
// Options.Fsync it returns when the record is on the disk, and survives power loss.
//
// Fsync is off by default. What the local cloud promises is to survive its own
// death; a laptop that loses power may lose the last seconds of a development
// run, and nothing else: only log syncs are left out, tables and manifests are
// synced and each log is when it is closed, so the store opens with a prefix of
// its history. Whoever serves real users from one machine sets Fsync. The price
// falls with the number of concurrent writers, as they share syncs.
//
// A reader may see a batch some microseconds before it is in the log. Nothing that
// is acknowledged on the strength of it can outlive it, as logs keep their order.
//
// # Why pebble
//
// Measured with BenchmarkCommit (a 400-byte item, a 100-byte index entry and a
// 1,000-byte stream record a commit; 2 virtual cores, ext4 on a virtual disk that
// syncs in 0.15 ms, which is fast), per commit, with compaction:
//
//	                              1 writer          8 writers         64 writers
//	                              wall     CPU      wall     CPU      wall     CPU
//	pebble, log unsynced          10.8 µs  11.5 µs  10.9 µs  11.4 µs   8.7 µs  11.2 µs
//	pebble, Fsync                 184 µs   100 µs    45 µs    26 µs    9.4 µs  10.8 µs
//	SQLite WAL, synchronous=OFF   110 µs   114 µs    92 µs   112 µs    89 µs   106 µs
//	SQLite WAL, NORMAL            110 µs   110 µs   109 µs   109 µs   106 µs   107 µs
//	SQLite WAL, FULL              263 µs   192 µs   301 µs   218 µs   295 µs   214 µs
//	pebble in memory, no log       2.9 µs   5.3 µs   2.8 µs   5.4 µs   3.1 µs   6.1 µs
//
// A Get of 400 bytes takes 0.9 µs from pebble and 6.6 µs from SQLite (modernc.org,
// no cgo; the one that the benchmark has now, ncruces/go-sqlite3, takes ten times
// pebble's CPU as well). SQLite needs ten times the CPU for the same promise (its FULL is our
// Fsync, its OFF and NORMAL our default), and has one writer. At 8,000 writes a
// second that would be a whole core.
package kv
