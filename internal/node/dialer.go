package node

import (
	"context"
	"net"
)

// Dialer opens TCP connections for drivers that speak a protocol of their own; the safe
// dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}
