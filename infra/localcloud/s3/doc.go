// Package s3 serves the part of Amazon S3 that stores objects: put, get, head,
// delete, list, copy, multipart uploads, with conditions and checksums.
//
// An object's description is in the store; its bytes are there too if they are
// few, and in a file of their own if they are many, so that large objects are
// never held in memory. A file is complete and in its place before the commit
// that makes it the object's; one that no commit knows, because the process died
// in between, is removed at the next start.
//
// Objects are not encrypted on the disk, keys and access rules of buckets are not
// checked, and versions, tags and access lists of objects are refused.
package s3
