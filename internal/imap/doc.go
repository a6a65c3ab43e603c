// Package imap reads e-mail from tenants' IMAP servers, through the safe dialer.
//
// Reading peeks: no flag changes until MarkSeen is asked for, so that a run that
// dies on the way has changed nothing. A mailbox is read forward by UID; the cursor
// (validity and UID) says how far, and is void when the validity has changed.
//
// The server is the tenant's choice and may be hostile: what it may send outside of
// messages is bounded, messages are taken apart as they arrive, and each part has a
// limit of its own. A part that is too large is reported in the message's Problems:
// one message must not keep a mailbox from being read further.
package imap
