package http

import (
	"github.com/automatelanka/automatelanka/internal/node"
)

// effect says what running the node again would do: nothing if every item's
// method is safe; with unsafe ones it depends on whether the author says that the
// service honours the idempotency key.
func effect(c *node.Call) node.Effect {
	worst := node.Safe
	for i := range c.Items() {
		r := newReader(c, i)
		name := "method"
		if c.Node.TypeVersion < 3 {
			name = "requestMethod"
		}
		if method := r.String(name, "GET"); r.Err() == nil && !unsafe(method) {
			continue
		}
		if r.String("options.idempotency", "") != "honoured" {
			return node.Unsafe
		}
		worst = node.Keyed
	}
	return worst
}
