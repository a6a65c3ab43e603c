package expr

import (
	"regexp"
	"strings"
)

var queryWord = regexp.MustCompile(`[A-Za-z0-9_$]+`)

// unsafeQuery reports whether a JMESPath query names what members may not name.
// Escapes could hide such a name, so there may be none.
func unsafeQuery(query string) bool {
	if strings.Contains(query, `\`) {
		return true
	}
	for _, w := range queryWord.FindAllString(query, -1) {
		if deniedMembers[w] {
			return true
		}
	}
	return false
}
