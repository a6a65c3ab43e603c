// Package safedial is the one way out: every connection that a tenant's workflow
// opens goes through its Dialer, so that no workflow can reach what is ours
// (loopback, private networks, the metadata service, the Lambda runtime API).
//
// # Why a dialer and not a check of the URL
//
// A check before the connection can be deceived: the name may resolve to another
// address a moment later (DNS rebinding), a redirect may lead elsewhere, and an
// address has many spellings. Here the name is resolved once, every address of
// the answer is classified, and the connection is opened to exactly the address
// that was classified; the control hook of the socket looks at it once more. One
// refused address in an answer refuses the name. Redirects are followed here and
// dialled the same way. What is reachable is an allow list for IPv6 (global
// unicast without its special blocks) and a deny list for IPv4 (IANA's special
// purpose registry), because that is how the two registries are written.
//
// # Why HTTP/1.1 only
//
// The engine must know whether a failed call may have had its effect. With one
// request at a time on a connection that counts its bytes, "nothing was written"
// is a fact and not a guess: such calls are NotSent and are repeated here if the
// connection had been idle; all others are Unknown. net/http would silently
// repeat a POST that carries an Idempotency-Key; requests are handed to it in a
// form that it cannot repeat.
//
// # Limits
//
// Time, redirects, header bytes and body bytes (after decompression) are limited.
// The proxy variables of the environment are ignored. Credentials do not follow
// a redirect to another origin, and neither does any header that is not on a
// short list, because a tenant's secret may be in a header of any name.
//
// # Pace
//
// Every call (each request of a redirect chain, each connection of another
// protocol) that a tenant's node makes asks the pacer first, and what services say
// of their own limits is passed on to it: see package pace.
package safedial
