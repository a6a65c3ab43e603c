package service

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// lexicon is what has to be known of a dialect to tell code from text and
// comments, and to write names and placeholders.
type lexicon struct {
	quote       byte // of names
	backslashes bool // escape inside of texts
	dollars     bool // $tag$ quotes texts
	hash        bool // # begins a comment
	placeholder func(n int) string
}

var postgresLexicon = &lexicon{quote: '"', dollars: true, placeholder: func(n int) string { return "$" + strconv.Itoa(n) }}

var mySQLLexicon = &lexicon{quote: '`', backslashes: true, hash: true, placeholder: func(int) string { return "?" }}

// name quotes a name, so that it is one whatever it contains.
func (l *lexicon) name(s string) string {
	q := string(l.quote)
	return q + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), q, q+q) + q
}

// names quotes several, separated by commas.
func (l *lexicon) names(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = l.name(s)
	}
	return strings.Join(out, ", ")
}

// opaque is the length of the text, quoted name or comment that s begins with, 0
// if it begins with code. before is the byte in front of it.
func (l *lexicon) opaque(s string, before byte) int {
	switch c := s[0]; {
	case c == '\'':
		return quoted(s, l.backslashes || before == 'e' || before == 'E')
	case c == '"', c == '`' && l.quote == '`':
		return quoted(s, l.backslashes && c == '"')
	case strings.HasPrefix(s, "--"), c == '#' && l.hash:
		return to(s, "\n")
	case strings.HasPrefix(s, "/*"):
		return to(s, "*/")
	case c == '$' && l.dollars:
		if tag := dollarTag.FindString(s); tag != "" {
			return len(tag) + to(s[len(tag):], tag)
		}
	}
	return 0
}

var dollarTag = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)

// to is the length of s up to the end of mark, or all of it.
func to(s, mark string) int {
	if i := strings.Index(s, mark); i >= 0 {
		return i + len(mark)
	}
	return len(s)
}

// quoted is the length of the quoted text that s begins with; a doubled quote
// does not end it.
func quoted(s string, backslashes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && backslashes:
			i++
		case s[i] != s[0]:
		case i+1 < len(s) && s[i+1] == s[0]:
			i++
		default:
			return i + 1
		}
	}
	return len(s)
}

// walk gives f the text piece by piece, each code or not.
func (l *lexicon) walk(text string, f func(piece string, code bool)) {
	start := 0
	for i := 0; i < len(text); {
		var before byte
		if i > 0 {
			before = text[i-1]
		}
		n := l.opaque(text[i:], before)
		if n == 0 {
			i++
			continue
		}
		if i > start {
			f(text[start:i], true)
		}
		f(text[i:i+n], false)
		i += n
		start = i
	}
	if start < len(text) {
		f(text[start:], true)
	}
}

// statements cuts a text at its semicolons; empty ones are left out.
func (l *lexicon) statements(text string) []string {
	var list []string
	var b strings.Builder
	code := false // something but comments and space
	end := func() {
		if code {
			list = append(list, strings.TrimSpace(b.String()))
		}
		b.Reset()
		code = false
	}
	l.walk(text, func(piece string, isCode bool) {
		if !isCode {
			code = code || !comment(piece)
			b.WriteString(piece)
			return
		}
		for i, part := range strings.Split(piece, ";") {
			if i > 0 {
				end()
			}
			code = code || strings.TrimSpace(part) != ""
			b.WriteString(part)
		}
	})
	end()
	return list
}

func comment(piece string) bool {
	return strings.HasPrefix(piece, "--") || strings.HasPrefix(piece, "/*") || strings.HasPrefix(piece, "#")
}

// verbs are the first words of the statements of a text, in lower case.
func (l *lexicon) verbs(text string) []string {
	var list []string
	for _, s := range l.statements(text) {
		var word string
		l.walk(s, func(piece string, code bool) {
			if code && word == "" {
				word = strings.TrimLeft(strings.TrimSpace(piece), "( \t\r\n")
			}
		})
		if i := strings.IndexFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }); i >= 0 {
			word = word[:i]
		}
		list = append(list, strings.ToLower(word))
	}
	return list
}

// placeholder is $1, $1:name and their like, as n8n's drivers know them.
var placeholder = regexp.MustCompile(`\$(\d{1,5})(:name|:alias|~|:csv|:list|:json|:raw|:value)?`)

// bind replaces the $1 in the code of a text by the dialect's placeholders and
// returns their values in order. Names are quoted, lists become as many
// placeholders as they have members.
func (l *lexicon) bind(text string, values []any) (string, []any, error) {
	b := binder{l: l, values: values}
	var out strings.Builder
	l.walk(text, func(piece string, code bool) {
		if code && b.err == nil {
			piece = placeholder.ReplaceAllStringFunc(piece, b.replace)
		}
		out.WriteString(piece)
	})
	return out.String(), b.args, b.err
}

type binder struct {
	l      *lexicon
	values []any
	args   []any
	err    error
}

func (b *binder) replace(match string) string {
	parts := placeholder.FindStringSubmatch(match)
	n, _ := strconv.Atoi(parts[1])
	if n < 1 || n > len(b.values) {
		b.err = node.Errorf("The query refers to %s, but there are only %d query parameters.", match, len(b.values))
		return match
	}
	v := b.values[n-1]
	switch parts[2] {
	case ":name", ":alias", "~":
		return b.name(v)
	case ":csv", ":list":
		return b.list(v)
	case ":json":
		return b.arg(string(value.JSON(v)))
	case ":raw", ":value":
		b.err = node.Errorf("%s would put data into the statement unchecked, which is not supported. Use $%d, $%d:name or $%d:csv.", match, n, n, n)
		return match
	}
	return b.arg(v)
}

func (b *binder) arg(v any) string {
	b.args = append(b.args, v)
	return b.l.placeholder(len(b.args))
}

// name writes one name, a list of them, or the keys of an object; * is all columns.
func (b *binder) name(v any) string {
	switch v := v.(type) {
	case *value.Object:
		return b.l.names(v.Keys())
	case []any:
		return b.l.names(texts(v))
	case string:
		if v == "*" {
			return v
		}
	}
	return b.l.name(node.Text(v))
}

func (b *binder) list(v any) string {
	members := []any{v}
	switch v := v.(type) {
	case []any:
		members = v
	case *value.Object:
		members = members[:0]
		for _, x := range v.All() {
			members = append(members, x)
		}
	}
	if len(members) == 0 {
		return "NULL" // IN (NULL) matches nothing
	}
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = b.arg(m)
	}
	return strings.Join(out, ", ")
}
