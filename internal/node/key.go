package node

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// Key names the side effect of this node run for one item: the same in every
// attempt, after every crash and in every generation, and different for any
// other. It is sent as Idempotency-Key on unsafe calls; calls for no item in
// particular use item -1. 32 characters that are safe in headers and URLs.
func (c *Call) Key(item int) string {
	name := c.Node.ID
	if name == "" {
		name = c.Node.Name
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{
		c.Run.ExecutionID, name, strconv.Itoa(c.RunIndex), strconv.Itoa(item),
	}, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
