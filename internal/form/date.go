package form

import (
	"strings"
	"time"
)

// dateTokens are Luxon's tokens that a day has, longest first, as Go writes them
// (Luxon, "Formatting", table of tokens).
var dateTokens = [][2]string{
	{"yyyy", "2006"}, {"yy", "06"}, {"y", "2006"},
	{"MMMM", "January"}, {"LLLL", "January"}, {"MMM", "Jan"}, {"LLL", "Jan"}, {"MM", "01"}, {"LL", "01"}, {"M", "1"}, {"L", "1"},
	{"EEEE", "Monday"}, {"cccc", "Monday"}, {"EEE", "Mon"}, {"ccc", "Mon"},
	{"dd", "02"}, {"d", "2"},
}

// formatDay writes a day by Luxon's tokens; text in quotes, and what is no token,
// stays as it is.
func formatDay(t time.Time, layout string) string {
	var b strings.Builder
	for layout != "" {
		if end := strings.IndexByte(layout[1:], '\''); layout[0] == '\'' && end >= 0 {
			b.WriteString(layout[1 : end+1])
			layout = layout[end+2:]
			continue
		}
		written, rest := layout[:1], layout[1:]
		for _, token := range dateTokens {
			if after, ok := strings.CutPrefix(layout, token[0]); ok {
				written, rest = t.Format(token[1]), after
				break
			}
		}
		b.WriteString(written)
		layout = rest
	}
	return b.String()
}
