package telemetry

import (
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// maxText is the longest text of one field, in bytes; error messages of other
// sides can be whole pages.
const maxText = 2000

// secretShapes are texts that only a key, a token or a password has: our API
// keys, the common providers' keys, bearer and basic headers, JWTs, and the
// passwords of URLs.
var secretShapes = regexp.MustCompile(
	`alk_[A-Za-z0-9_-]{8,}` +
		`|\bsk-[A-Za-z0-9_-]{16,}` +
		`|\b(?:xox[abprs]|gh[pousr])[-_][A-Za-z0-9-]{10,}` +
		`|(?i:bearer|basic)\s+[A-Za-z0-9+/_.=-]{16,}` +
		`|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*` +
		`|://[^/\s:@]+:[^/\s@]+@`)

// hints are cheap signs that a text may hold one of the shapes.
var hints = []string{"alk_", "sk-", "xox", "gh", "earer", "asic", "eyJ", "EARER", "ASIC", "@"}

// Redact replaces what looks like a secret and shortens text that is too long.
func Redact(s string) string {
	s = fault.Shorten(s, maxText)
	for _, h := range hints {
		if strings.Contains(s, h) {
			return secretShapes.ReplaceAllString(s, "[redacted]")
		}
	}
	return s
}
