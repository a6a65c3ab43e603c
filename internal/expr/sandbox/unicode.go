package sandbox

import (
	"fmt"
	"strings"
	"unicode"
)

// expandProperties replaces \p{…} and \P{…}, which goja does not know, in the
// source of a regular expression with flag u by the characters they stand for.
// A property that is not known is left, and then matches nothing.
func expandProperties(source, flags string) string {
	if !strings.Contains(flags, "u") || !strings.Contains(source, `\p{`) && !strings.Contains(source, `\P{`) {
		return source
	}
	var out strings.Builder
	class := false
	for i := 0; i < len(source); i++ {
		c := source[i]
		if c == '\\' && i+1 < len(source) {
			text, size := property(source[i:], class)
			out.WriteString(text)
			i += size - 1
			continue
		}
		switch c {
		case '[':
			class = true
		case ']':
			class = false
		}
		out.WriteByte(c)
	}
	return out.String()
}

// property returns what to write for the escape at the start of s, and its length.
func property(s string, class bool) (string, int) {
	end := strings.IndexByte(s, '}')
	if (s[1] != 'p' && s[1] != 'P') || len(s) < 3 || s[2] != '{' || end < 0 {
		return s[:2], 2
	}
	table := propertyTable(s[3:end])
	if table == nil {
		return s[:end+1], end + 1
	}
	ranges := classRanges(table, s[1] == 'P')
	if class {
		return ranges, end + 1
	}
	return "[" + ranges + "]", end + 1
}

func propertyTable(name string) *unicode.RangeTable {
	if key, v, ok := strings.Cut(name, "="); ok {
		switch key {
		case "Script", "sc", "Script_Extensions", "scx":
			return unicode.Scripts[v]
		case "General_Category", "gc":
			name = v
		}
	}
	if long, ok := longCategories[name]; ok {
		name = long
	}
	if t := unicode.Categories[name]; t != nil {
		return t
	}
	if t := emojiTables[name]; t != nil {
		return t
	}
	return unicode.Properties[name]
}

// longCategories are the long names of general categories that are in use.
var longCategories = map[string]string{
	"Letter": "L", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu", "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo",
	"Mark": "M", "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd",
	"Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc",
	"Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Other": "C", "Control": "Cc", "Format": "Cf",
	"Alphabetic": "L", "Alpha": "L", "Uppercase": "Lu", "Lowercase": "Ll",
}

// classRanges writes the characters of a table, or all others, for use between [ and ].
func classRanges(t *unicode.RangeTable, inverse bool) string {
	var out strings.Builder
	next := rune(0)
	each := func(lo, hi, stride rune) {
		for r := lo; r <= hi; r += stride {
			last := r
			if stride == 1 {
				last = hi
			}
			if !inverse {
				writeRange(&out, r, last)
			} else if r > next {
				writeRange(&out, next, r-1)
			}
			next = last + 1
			if stride == 1 {
				return
			}
		}
	}
	for _, r := range t.R16 {
		each(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		each(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	if inverse && next <= unicode.MaxRune {
		writeRange(&out, next, unicode.MaxRune)
	}
	return out.String()
}

func writeRange(out *strings.Builder, lo, hi rune) {
	fmt.Fprintf(out, `\u{%x}`, lo)
	if hi > lo {
		fmt.Fprintf(out, `-\u{%x}`, hi)
	}
}

// emojiTables are the emoji properties of Unicode, to the precision that texts
// of tenants need: blocks, not single characters.
var emojiTables = map[string]*unicode.RangeTable{
	"Emoji": {R16: append([]unicode.Range16{
		{Lo: '#', Hi: '#', Stride: 1}, {Lo: '*', Hi: '*', Stride: 1}, {Lo: '0', Hi: '9', Stride: 1},
	}, pictographs16...), R32: pictographs32},
	"Emoji_Presentation":    {R16: pictographs16, R32: pictographs32},
	"Extended_Pictographic": {R16: pictographs16, R32: pictographs32},
}

var pictographs16 = []unicode.Range16{
	{Lo: 0xa9, Hi: 0xa9, Stride: 1}, {Lo: 0xae, Hi: 0xae, Stride: 1}, {Lo: 0x203c, Hi: 0x203c, Stride: 1}, {Lo: 0x2049, Hi: 0x2049, Stride: 1},
	{Lo: 0x2122, Hi: 0x2122, Stride: 1}, {Lo: 0x2139, Hi: 0x2139, Stride: 1}, {Lo: 0x2194, Hi: 0x2199, Stride: 1}, {Lo: 0x21a9, Hi: 0x21aa, Stride: 1},
	{Lo: 0x231a, Hi: 0x231b, Stride: 1}, {Lo: 0x2328, Hi: 0x2328, Stride: 1}, {Lo: 0x23cf, Hi: 0x23cf, Stride: 1}, {Lo: 0x23e9, Hi: 0x23f3, Stride: 1},
	{Lo: 0x23f8, Hi: 0x23fa, Stride: 1}, {Lo: 0x24c2, Hi: 0x24c2, Stride: 1}, {Lo: 0x25aa, Hi: 0x25ab, Stride: 1}, {Lo: 0x25b6, Hi: 0x25b6, Stride: 1},
	{Lo: 0x25c0, Hi: 0x25c0, Stride: 1}, {Lo: 0x25fb, Hi: 0x25fe, Stride: 1}, {Lo: 0x2600, Hi: 0x27bf, Stride: 1}, {Lo: 0x2934, Hi: 0x2935, Stride: 1},
	{Lo: 0x2b05, Hi: 0x2b07, Stride: 1}, {Lo: 0x2b1b, Hi: 0x2b1c, Stride: 1}, {Lo: 0x2b50, Hi: 0x2b50, Stride: 1}, {Lo: 0x2b55, Hi: 0x2b55, Stride: 1},
	{Lo: 0x3030, Hi: 0x3030, Stride: 1}, {Lo: 0x303d, Hi: 0x303d, Stride: 1}, {Lo: 0x3297, Hi: 0x3297, Stride: 1}, {Lo: 0x3299, Hi: 0x3299, Stride: 1},
}

var pictographs32 = []unicode.Range32{
	{Lo: 0x1f004, Hi: 0x1f004, Stride: 1}, {Lo: 0x1f0cf, Hi: 0x1f0cf, Stride: 1}, {Lo: 0x1f170, Hi: 0x1f171, Stride: 1}, {Lo: 0x1f17e, Hi: 0x1f17f, Stride: 1},
	{Lo: 0x1f18e, Hi: 0x1f18e, Stride: 1}, {Lo: 0x1f191, Hi: 0x1f19a, Stride: 1}, {Lo: 0x1f1e6, Hi: 0x1f1ff, Stride: 1}, {Lo: 0x1f201, Hi: 0x1f202, Stride: 1},
	{Lo: 0x1f21a, Hi: 0x1f21a, Stride: 1}, {Lo: 0x1f22f, Hi: 0x1f22f, Stride: 1}, {Lo: 0x1f232, Hi: 0x1f23a, Stride: 1}, {Lo: 0x1f250, Hi: 0x1f251, Stride: 1},
	{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f7e0, Hi: 0x1f7eb, Stride: 1}, {Lo: 0x1f7f0, Hi: 0x1f7f0, Stride: 1},
	{Lo: 0x1f90c, Hi: 0x1f9ff, Stride: 1}, {Lo: 0x1fa70, Hi: 0x1faff, Stride: 1},
}
