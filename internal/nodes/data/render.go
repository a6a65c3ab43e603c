package data

import (
	"strings"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// voids are the elements without an end.
var voids = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true, atom.Img: true, atom.Input: true,
	atom.Link: true, atom.Meta: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
}

// literal are the elements whose text is written as it is.
var literal = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Iframe: true, atom.Noembed: true, atom.Noframes: true, atom.Plaintext: true, atom.Xmp: true,
}

var (
	htmlText = strings.NewReplacer("&", "&amp;", "\u00a0", "&nbsp;", "<", "&lt;", ">", "&gt;")
	htmlAttr = strings.NewReplacer("&", "&amp;", "\u00a0", "&nbsp;", `"`, "&quot;")
)

// render writes HTML by the standard's algorithm for fragments: no slash in void
// elements, few escapes.
func render(b *strings.Builder, n *dom.Node, depth int) {
	if depth > maxTags {
		return
	}
	switch n.Type {
	case dom.TextNode:
		if n.Parent != nil && literal[n.Parent.DataAtom] {
			b.WriteString(n.Data)
		} else {
			b.WriteString(htmlText.Replace(n.Data))
		}
		return
	case dom.CommentNode:
		b.WriteString("<!--" + n.Data + "-->")
		return
	case dom.ElementNode:
	default:
		return
	}
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		name := a.Key
		if a.Namespace != "" {
			name = a.Namespace + ":" + name
		}
		b.WriteString(" " + name + `="` + htmlAttr.Replace(a.Val) + `"`)
	}
	b.WriteString(">")
	if voids[n.DataAtom] {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		render(b, c, depth+1)
	}
	b.WriteString("</" + n.Data + ">")
}
