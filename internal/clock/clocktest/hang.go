// Package clocktest is what tests know of time.
package clocktest

import "time"

// Hang is how long a test waits for what must come, before it says that it hangs. It
// measures nothing: what a test holds must be true on a machine of any speed, so no
// test may end sooner than this because something has not happened yet.
const Hang = 5 * time.Minute
