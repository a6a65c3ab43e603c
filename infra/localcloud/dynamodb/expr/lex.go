package expr

import (
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // an attribute's or function's name, or a keyword
	tokName             // #placeholder
	tokValue            // :placeholder
	tokNumber           // of a list index
	tokSymbol           // = <> < <= > >= ( ) [ ] , . + -
	tokBad              // anything else
)

// token is a piece of an expression, with its place in the text.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// lex takes the text apart; the last token is tokEnd.
func lex(text string) []token {
	tokens := make([]token, 0, len(text)/4+2)
	for pos := 0; ; {
		for pos < len(text) && isSpace(text[pos]) {
			pos++
		}
		if pos == len(text) {
			return append(tokens, token{kind: tokEnd, text: "<EOF>", start: pos, end: pos})
		}
		kind, n := scanToken(text[pos:])
		tokens = append(tokens, token{kind: kind, text: text[pos : pos+n], start: pos, end: pos + n})
		pos += n
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordLength returns how many bytes of s are letters, digits and underscores.
func wordLength(s string) int {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && s[i] != '_' {
			return i
		}
	}
	return len(s)
}

// scanToken returns the kind and length of the token that s begins with.
func scanToken(s string) (tokenKind, int) {
	switch c := s[0]; {
	case isLetter(c):
		return tokWord, wordLength(s)
	case c == '#' || c == ':':
		if n := wordLength(s[1:]); n > 0 {
			return placeholderKinds[c], 1 + n
		}
	case c == '0':
		return tokNumber, 1
	case isDigit(c):
		n := 1
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		return tokNumber, n
	case c == '<':
		if len(s) > 1 && (s[1] == '=' || s[1] == '>') {
			return tokSymbol, 2
		}
		return tokSymbol, 1
	case c == '>':
		if len(s) > 1 && s[1] == '=' {
			return tokSymbol, 2
		}
		return tokSymbol, 1
	case c == '=', c == '(', c == ')', c == '[', c == ']', c == ',', c == '.', c == '+', c == '-':
		return tokSymbol, 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return tokBad, n
}

var placeholderKinds = map[byte]tokenKind{'#': tokName, ':': tokValue}

// IsPlaceholder reports whether key is a well-formed name (#) or value (:) placeholder.
func IsPlaceholder(key string, mark byte) bool {
	return len(key) > 1 && key[0] == mark && wordLength(key[1:]) == len(key)-1
}
