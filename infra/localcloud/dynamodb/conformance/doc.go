// Package conformance is one suite of cases for DynamoDB, run through the real SDK:
// against the local cloud in ordinary tests, and against DynamoDB Local, which
// nobody here wrote, by judge.sh.
//
// What is expected is what AWS does. Where DynamoDB Local is known to do otherwise
// (it is less strict, or words an error differently), a case says what it does
// under "local", and reworded lists the messages. Whatever is not listed must agree.
//
// The expressions' and queries' cases are data, one a line, in the folder cases:
//
//	condition.jsonl  expression, values, names; want: holds, or the exception
//	update.jsonl     the same, with return (ReturnValues); answer, or want: the
//	                 exception; item: the attributes that changed, gone: those removed
//	query.jsonl      operation, parameters, values, names; answer, or want
//
// All are applied to the items that seed.go puts. The rest of the suite is code.
package conformance
