package field

import "strings"

// Split takes a path apart: names between dots, numbers or quoted names in
// brackets. Doubled dots and empty brackets are empty names.
func Split(path string) []string {
	var steps []string
	if strings.HasPrefix(path, ".") {
		steps = append(steps, "")
	}
	for i := 0; i < len(path); {
		switch path[i] {
		case '[':
			if step, n := bracket(path[i:]); n > 0 {
				steps = append(steps, step)
				i += n
				continue
			}
			fallthrough
		case '.':
			if emptyStep(path[i:]) {
				steps = append(steps, "")
			}
			i++
		case ']':
			i++
		default:
			n := strings.IndexAny(path[i:], ".[]")
			if n < 0 {
				n = len(path) - i
			}
			steps = append(steps, path[i:i+n])
			i += n
		}
	}
	return steps
}

// emptyStep reports whether two separators follow each other here, or one ends the path.
func emptyStep(s string) bool {
	rest, ok := strings.CutPrefix(s, ".")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "[]"); !ok {
			return false
		}
	}
	return rest == "" || rest[0] == '.' || strings.HasPrefix(rest, "[]")
}

// bracket reads [12], [-1.5], ["name"] or ['name']; n is its length, 0 if it is none.
func bracket(s string) (step string, n int) {
	end := strings.IndexByte(s, ']')
	if end < 2 {
		return "", 0
	}
	quote := s[1]
	if quote != '"' && quote != '\'' {
		if isNumber(s[1:end]) {
			return s[1:end], end + 1
		}
		return "", 0
	}
	var b strings.Builder
	for i := 2; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == quote:
			if i+1 < len(s) && s[i+1] == ']' {
				return b.String(), i + 2
			}
			return "", 0
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

func isNumber(s string) bool {
	whole, frac, dotted := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return digits(whole) && (!dotted || digits(frac))
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
