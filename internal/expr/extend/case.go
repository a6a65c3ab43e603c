package extend

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// smallWord is a word that is not capitalised within a title.
var smallWord = regexp.MustCompile(`(?i)\b(?:a|ad|an|and|as|at|because|but|by|en|for|if|in|neither|nor|of|on|or|only|over|per|so|some|` +
	`than|that|the|to|up|upon|v\.?|vs\.?|versus|via|when|with|without|yet)\b`)

var titleToken = regexp.MustCompile(`[^\s\x{a0}\x{feff}\x{2028}\x{2029}:–—-]+|.`)

// titleCase capitalises the words of a title, but for small words in its middle
// and words whose author chose capitals.
func titleCase(v string) string {
	var out strings.Builder
	for _, at := range titleToken.FindAllStringIndex(v, -1) {
		token, rest := v[at[0]:at[1]], v[at[1]:]
		middle := at[0] > 0 && rest != ""
		address := strings.HasPrefix(rest, ":") && !startsWithSpace(rest[1:])
		if manualCase(token) || middle && smallWord.MatchString(token) || address {
			out.WriteString(token)
			continue
		}
		out.WriteString(capital(token))
	}
	return out.String()
}

func startsWithSpace(s string) bool {
	for _, r := range s {
		return unicode.IsSpace(r)
	}
	return false
}

// manualCase reports whether a word has a capital, or a point followed by
// something, behind its first character.
func manualCase(token string) bool {
	runes := []rune(token)
	for i := 1; i < len(runes); i++ {
		if runes[i] >= 'A' && runes[i] <= 'Z' || runes[i] == '.' && i+1 < len(runes) {
			return true
		}
	}
	return false
}

// capital makes the first letter or digit of the Latin alphabets upper case.
func capital(token string) string {
	for i, r := range token {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xc0 && r <= 0xff {
			return token[:i] + upper(r) + token[i+len(string(r)):]
		}
	}
	return token
}

// sentenceCase capitalises the first letter of each sentence and lowers the rest.
func sentenceCase(v string) string {
	var out strings.Builder
	begin := true
	for _, r := range v {
		switch {
		case begin && unicode.IsLetter(r):
			out.WriteString(upper(r))
			begin = false
		case begin:
			out.WriteRune(r)
		default:
			out.WriteRune(unicode.ToLower(r))
			begin = r == '.' || r == '!' || r == '?'
		}
	}
	return out.String()
}

// upper is JavaScript's: ß becomes SS.
func upper(r rune) string { return cases.Upper(language.Und).String(string(r)) }

var snakeDropped = regexp.MustCompile("[\\x{2000}-\\x{206F}\\x{2E00}-\\x{2E7F}\\\\'!\"#$%&()*+,./:;<=>?@\\[\\]^`{|}~]")

func snakeCase(v string) string {
	v = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(v))
	return snakeDropped.ReplaceAllString(v, "")
}
