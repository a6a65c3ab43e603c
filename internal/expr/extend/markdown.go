package extend

import (
	"regexp"
	"strings"
)

// step is one replacement of removeMarkdown.
type step struct {
	find *regexp.Regexp
	with string
}

// inClass stands for \s within a class.
const inClass = "␣"

func replace(pattern, with string) step {
	pattern = strings.NewReplacer(`\S`, `[^`+space+`]`, `\s`, `[`+space+`]`, inClass, space).Replace(pattern)
	return step{regexp.MustCompile(pattern), with}
}

// beforeEmphasis and afterEmphasis are what n8n takes out of Markdown, in its
// order. Without flag m, ^ and $ are the ends of the whole text.
var (
	beforeEmphasis = []step{
		replace(`(?m)^(\s*)([*\-+]|\d\.)\s+`, "$1"),          // list items
		replace(`\n={2,}`, "\n"),                             // underlined headings
		replace(`~~`, ""),                                    // strikethrough
		replace("`{3}.*\n", ""),                              // beginnings of code
		replace(`<[\w|='":(),;/.\-`+inClass+`]+[>|\\]`, ""),  // tags
		replace(`^[=-]{2,}\s*$`, ""),                         // a rule
		replace(`\[\^.+?\](: .*?$)?`, ""),                    // footnotes
		replace(`\s{0,2}\[.*?\]: .*?$`, ""),                  // references
		replace(`!\[.*?\][\[(].*?[\])]`, ""),                 // images
		replace(`\[(.*?)\][\[(].*?[\])]`, "$1"),              // links
		replace(`>`, ""),                                     // quotations
		replace(`^\s{1,2}\[(.*?)\]: (\S+)( ".*?")?\s*$`, ""), // a link's address
		replace(`(?m)^#{1,6}\s*([^#]*)\s*(#{1,6})?`, "$1"),   // headings
	}
	afterEmphasis = []step{
		replace(`^-{3,}\s*$`, ""), // a rule
		replace("`(.+?)`", "$1"),  // code
		replace(`\n{2,}`, "\n\n"), // empty lines
	}
	emphasis = emphases()
)

func removeMarkdown(v string) string {
	for _, s := range beforeEmphasis {
		v = s.find.ReplaceAllString(v, s.with)
	}
	v = emphasis.ReplaceAllStringFunc(v, func(m string) string {
		groups := emphasis.FindStringSubmatch(m)
		for _, g := range groups[1:] {
			if g != "" {
				return g
			}
		}
		return m
	})
	v = unfence(v)
	for _, s := range afterEmphasis {
		v = s.find.ReplaceAllString(v, s.with)
	}
	return v
}

// emphases matches text between equal marks of one to three * and _; the longest
// marks first. (RE2 has no back-references, so each mark is an alternative.)
func emphases() *regexp.Regexp {
	marks := []string{""}
	var all []string
	for range 3 {
		var next []string
		for _, m := range marks {
			next = append(next, m+"*", m+"_")
		}
		all = append(next, all...)
		marks = next
	}
	for i, m := range all {
		q := regexp.QuoteMeta(m)
		all[i] = q + `([^` + space + `].*?[^` + space + `])` + q
	}
	return regexp.MustCompile(strings.Join(all, "|"))
}

// unfence takes away equal runs of three or more backticks around text in one line.
func unfence(v string) string {
	var out strings.Builder
	for {
		at := strings.Index(v, "```")
		if at < 0 {
			break
		}
		out.WriteString(v[:at])
		v = v[at:]
		run := len(v) - len(strings.TrimLeft(v, "`"))
		inner, rest, ok := fenced(v, run)
		if !ok {
			out.WriteByte(v[0])
			v = v[1:]
			continue
		}
		out.WriteString(inner)
		v = rest
	}
	out.WriteString(v)
	return out.String()
}

// fenced finds the text that the longest possible fence at the start of v encloses.
func fenced(v string, run int) (inner, rest string, ok bool) {
	for n := run; n >= 3; n-- {
		line, _, _ := strings.Cut(v[n:], "\n")
		if end := strings.Index(line, v[:n]); end >= 0 {
			return line[:end], v[n+end+n:], true
		}
	}
	return "", "", false
}
