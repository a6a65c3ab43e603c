package sqltable

import (
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// prepare checks that the text is one query and writes what AlaSQL takes and SQLite
// does not, or takes otherwise: ROW_NUMBER() without OVER, true and false that stay
// booleans, a division that leaves no remainder, and joins.
func prepare(text string, k kinds) (string, error) {
	if len(text) > maxQuery {
		return "", node.Errorf("The query is longer than %d characters.", maxQuery)
	}
	tokens := tokenize(text)
	for len(tokens) > 0 && tokens[len(tokens)-1] == ";" {
		tokens = tokens[:len(tokens)-1]
	}
	if len(tokens) == 0 {
		return "", node.Errorf("Query is empty.")
	}
	switch strings.ToUpper(tokens[0]) {
	case "SELECT", "WITH", "VALUES":
	default:
		return "", node.Errorf("The query must begin with SELECT or WITH, not %q.", fault.Shorten(tokens[0], 40))
	}
	tokens = joins(tokens, k)
	out := make([]string, 0, len(tokens))
	at := func(i int) string {
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return strings.ToUpper(tokens[i])
	}
	for i, t := range tokens {
		switch {
		case t == ";":
			return "", node.Errorf("The query must be a single statement.")
		case (at(i) == "TRUE" || at(i) == "FALSE") && opens[at(i-1)] && closes[at(i+1)]:
			t = "CAST('" + strings.ToLower(t) + "' AS BLOB)"
		case t == ")" && at(i-1) == "(" && at(i-2) == "ROW_NUMBER" && at(i+1) != "OVER" && at(i+1) != "FILTER":
			t = ") OVER ()"
		case strings.HasPrefix(t, "/"):
			t = "* 1.0 " + t // numbers are JavaScript's
		}
		out = append(out, t)
	}
	return strings.Join(out, " "), nil
}

// opens and closes are what stands around a true or false that is the value of an
// expression, not a part of a comparison.
var (
	opens  = map[string]bool{"THEN": true, "ELSE": true, ",": true, "(": true, "SELECT": true}
	closes = map[string]bool{",": true, ")": true, "END": true, "WHEN": true, "ELSE": true, "AS": true, "FROM": true, "": true}
)

// tokenize splits SQL into words, quoted texts and signs; comments are dropped.
func tokenize(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		end := i + 1
		switch {
		case c <= ' ':
			i = end
			continue
		case strings.HasPrefix(s[i:], "--"):
			i = after(s, i+2, "\n")
			continue
		case strings.HasPrefix(s[i:], "/*"):
			i = after(s, i+2, "*/")
			continue
		case c == '\'' || c == '"' || c == '`':
			end = quotedEnd(s, i, c)
		case c == '[':
			end = after(s, i+1, "]")
		case word(c):
			for end < len(s) && (word(s[end]) || s[end] == '.' && digits(s[i:end])) {
				end++
			}
			// x'…' is a blob
			if end == i+1 && (c == 'x' || c == 'X') && end < len(s) && s[end] == '\'' {
				end = quotedEnd(s, end, '\'')
			}
		default:
			for end < len(s) && sign(s[i]) && sign(s[end]) && !strings.HasPrefix(s[end:], "--") && !strings.HasPrefix(s[end:], "/*") {
				end++
			}
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

// after is the place behind the next end, or the end of s.
func after(s string, from int, end string) int {
	if n := strings.Index(s[min(from, len(s)):], end); n >= 0 {
		return from + n + len(end)
	}
	return len(s)
}

// quotedEnd is the place behind a quoted text, in which the quote is doubled.
func quotedEnd(s string, from int, quote byte) int {
	for i := from + 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func word(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// sign reports whether c is a sign of which operators of several are made.
func sign(c byte) bool { return strings.IndexByte("<>=!|&-+*/%~", c) >= 0 }
