// Package sqs serves Amazon SQS over its JSON protocol.
//
// # What is durable
//
// A message is in the store before its sender is answered. That it was received
// or deleted is written too, but not waited for: what a crash loses there leads
// to one more delivery, which SQS allows and its users must bear. Nor is the end
// of a visibility timeout kept. The receivers live in this process, so that
// after a restart nobody holds a message any more: all are visible at once,
// with their receive counts.
//
// # Fair queues
//
// Messages of a standard queue that carry a MessageGroupId are served fairly: the
// next message comes from the group that has the fewest messages in flight, and
// of those from the one that was served longest ago. A group with thousands of
// messages so delays the others by no more than its share. In a FIFO queue a
// group with a message in flight is not served at all, which keeps its order.
//
// # Time
//
// Delays and visibility timeouts share one timer for each queue, set for the
// earliest of them. A receiver that waits is woken; nothing polls.
package sqs
