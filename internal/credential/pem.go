package credential

import (
	"regexp"
	"strings"
)

var pemBlock = regexp.MustCompile(`(?s)^-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END [A-Z0-9 ]+-----$`)

// PEM mends a key that was pasted out of JSON, or whose line ends a form lost. Text that
// is no PEM stays as it is.
func PEM(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, `\n`, "\n"))
	if strings.Count(text, "\n") > 2 {
		return text
	}
	m := pemBlock.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	return "-----BEGIN " + m[1] + "-----\n" + strings.Join(strings.Fields(m[2]), "\n") + "\n-----END " + m[1] + "-----\n"
}
