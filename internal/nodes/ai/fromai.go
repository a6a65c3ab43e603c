package ai

import (
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// fromAICall begins a call of $fromAI, in the spellings that n8n knows.
var fromAICall = regexp.MustCompile(`\$(?:fromAI|fromAi|fromai)\s*\(`)

// fromAI finds the calls of $fromAI(key, description, type, default) in a text of
// the author's: what they ask for is the schema of a tool. Nothing is evaluated;
// arguments that are no plain texts, numbers or booleans count as absent.
func fromAI(text string) []argumentPlace {
	var out []argumentPlace
	for {
		at := fromAICall.FindStringIndex(text)
		if at == nil {
			return out
		}
		args, rest := callArguments(text[at[1]:])
		text = rest
		if len(args) == 0 || args[0] == "" {
			continue
		}
		key, _ := literal(args[0]).(string)
		if key == "" {
			continue
		}
		p := argumentPlace{key: key, typ: "string"}
		if len(args) > 1 {
			p.description, _ = literal(args[1]).(string)
		}
		if len(args) > 2 {
			typ, _ := literal(args[2]).(string)
			p.typ = schemaType(typ)
		}
		if len(args) > 3 {
			p.def = literal(args[3])
		}
		out = append(out, p)
	}
}

func schemaType(s string) string {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "number", "boolean":
		return s
	case "json":
		return "object"
	}
	return "string"
}

// callArguments cuts the text behind an opening parenthesis into the call's
// arguments, as they are written, and what follows the call.
func callArguments(text string) (args []string, rest string) {
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '"', '`':
			i = closing(text, i)
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				return append(args, strings.TrimSpace(text[from:i])), text[i:]
			}
			depth--
		case ',':
			if depth == 0 {
				args = append(args, strings.TrimSpace(text[from:i]))
				from = i + 1
			}
		}
	}
	return nil, ""
}

// closing is where the quoted text that begins at i ends.
func closing(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return len(text)
}

// literal is the value of an argument that is written out; nil of any other.
func literal(s string) any {
	if len(s) >= 2 && strings.ContainsRune("'\"`", rune(s[0])) && s[len(s)-1] == s[0] {
		return unescape(s[1 : len(s)-1])
	}
	v, err := value.Parse([]byte(s))
	if err != nil {
		return nil
	}
	return v
}

// unescape reads JavaScript's usual escapes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
