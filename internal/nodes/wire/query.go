package wire

import (
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// EncodePairs writes an object as name=value pairs with nested names in
// brackets, in the way of the query-string library that n8n uses: spaces as %20,
// null as an empty value, lists by the given style (indices, brackets, repeat, comma).
func EncodePairs(o *value.Object, arrays string) string {
	var parts []string
	for k, v := range o.All() {
		parts = appendPairs(parts, Escape(k), v, arrays)
	}
	return strings.Join(parts, "&")
}

func appendPairs(parts []string, name string, v any, arrays string) []string {
	switch v := v.(type) {
	case []any:
		if arrays == "comma" {
			texts := make([]string, len(v))
			for i, x := range v {
				texts[i] = Escape(node.Text(x))
			}
			return append(parts, name+"="+strings.Join(texts, ","))
		}
		for i, x := range v {
			switch arrays {
			case "repeat":
				parts = appendPairs(parts, name, x, arrays)
			case "brackets":
				parts = appendPairs(parts, name+Escape("[]"), x, arrays)
			default:
				parts = appendPairs(parts, name+Escape("["+strconv.Itoa(i)+"]"), x, arrays)
			}
		}
		return parts
	case *value.Object:
		for k, x := range v.All() {
			parts = appendPairs(parts, name+Escape("["+k+"]"), x, arrays)
		}
		return parts
	default:
		return append(parts, name+"="+Escape(node.Text(v)))
	}
}

const hexUpper = "0123456789ABCDEF"

// Escape is encodeURIComponent with the marks that RFC 3986 reserves escaped too.
func Escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '-' || c == '_' || c == '.' || c == '~'
		if plain {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexUpper[c>>4])
		b.WriteByte(hexUpper[c&15])
	}
	return b.String()
}

// WithQuery appends the query to the URL, after the one that it has.
func WithQuery(url string, query *value.Object, arrays string) string {
	if query.Len() == 0 {
		return url
	}
	url, _, _ = strings.Cut(url, "#")
	encoded := EncodePairs(query, arrays)
	switch {
	case encoded == "":
		return url
	case strings.HasSuffix(url, "?"), strings.HasSuffix(url, "&"):
		return url + encoded
	case strings.Contains(url, "?"):
		return url + "&" + encoded
	default:
		return url + "?" + encoded
	}
}
