package node

import (
	"regexp"
	"strings"
)

// globPattern reads a pattern of paths: * and ? stand for anything but a slash,
// **/ for folders, [..] for one of several signs, {a,b} for one of several texts.
// Literal is the beginning that every path has which matches.
func globPattern(p string) (matches func(string) bool, literal string, err error) {
	var b strings.Builder
	b.WriteString("^")
	depth := 0
	if i := strings.IndexAny(p, "*?[{"); i >= 0 {
		literal = p[:i]
	} else {
		literal = p
	}
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case strings.HasPrefix(p[i:], "**/"):
			b.WriteString("(?:[^/]+/)*")
			i += 2
		case strings.HasPrefix(p[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '[' && strings.Contains(p[i+1:], "]"):
			end := i + 1 + strings.Index(p[i+1:], "]")
			b.WriteString("[" + strings.Replace(regexp.QuoteMeta(p[i+1:end]), "!", "^", 1) + "]")
			i = end
		case c == '{':
			depth++
			b.WriteString("(?:")
		case c == '}' && depth > 0:
			depth--
			b.WriteString(")")
		case c == ',' && depth > 0:
			b.WriteString("|")
		default:
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		}
	}
	re, failed := regexp.Compile("(?s)" + b.String() + "$")
	if failed != nil {
		return nil, "", Errorf("The pattern %q cannot be read. It may have *, **, ?, [a-z] and {a,b}.", clip(p))
	}
	return re.MatchString, literal, nil
}
