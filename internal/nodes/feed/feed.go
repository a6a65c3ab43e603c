// Package feed reads RSS and Atom.
package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/automatelanka/automatelanka/internal/value"
)

// element is a node of a feed's XML.
type element struct {
	name  string // with the usual prefix of its namespace: dc:creator
	attrs map[string]string
	text  strings.Builder
	kids  []*element
}

// prefixes are the usual ones of feeds' namespaces; RSS's own have none.
var prefixes = map[string]string{
	"http://purl.org/dc/elements/1.1/": "dc:", "http://purl.org/rss/1.0/modules/content/": "content:",
	"http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:", "http://search.yahoo.com/mrss/": "media:",
	"http://purl.org/rss/1.0/modules/slash/": "slash:", "http://wellformedweb.org/CommentAPI/": "wfw:",
}

// The limits of a feed's XML: elements, and how deep they lie.
const (
	maxElements = 200_000
	maxDepth    = 60
)

var errNoFeed = errors.New("there is no rss, rdf or feed element")

// Parse reads the entries of RSS 0.9 to 2.0, RDF and Atom into the fields
// that n8n's feed parser gives them.
func Parse(text []byte, custom []string) ([]*value.Object, error) {
	root, err := tree(text)
	if err != nil {
		return nil, err
	}
	var entries []*value.Object
	switch root.name {
	case "rss", "RDF":
		for _, holder := range append(root.all("channel"), root) { // RDF's items stand beside the channel
			for _, it := range holder.all("item") {
				entries = append(entries, rssEntry(it, custom))
			}
		}
	case "feed":
		for _, it := range root.all("entry") {
			entries = append(entries, atomEntry(it, custom))
		}
	default:
		return nil, errNoFeed
	}
	return entries, nil
}

// tree reads the XML; entities other than the five of XML and HTML's are not expanded.
func tree(text []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimSpace(text)))
	d.Strict, d.Entity, d.CharsetReader = false, xml.HTMLEntity, charset.NewReaderLabel
	top := &element{}
	stack, count := []*element{top}, 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) || err != nil && len(top.kids) > 0 && len(stack) == 1 {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if count++; count > maxElements || len(stack) > maxDepth {
				return nil, errors.New("the feed is too large or too deep")
			}
			e := &element{name: prefixes[t.Name.Space] + t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			parent := stack[len(stack)-1]
			parent.kids, stack = append(parent.kids, e), append(stack, e)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			stack[len(stack)-1].text.Write(t)
		}
	}
	if len(top.kids) == 0 {
		return nil, errNoFeed
	}
	return top.kids[0], nil
}

func (e *element) all(name string) []*element {
	var out []*element
	for _, k := range e.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}

func (e *element) first(name string) *element {
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// content is the text of an element; markup that stands in it is written out again.
func (e *element) content() string {
	if len(e.kids) == 0 {
		return strings.TrimSpace(e.text.String())
	}
	var b strings.Builder
	for _, k := range e.kids {
		b.WriteString("<" + k.name + ">" + html.EscapeString(strings.TrimSpace(k.text.String())))
		if len(k.kids) > 0 {
			b.WriteString(k.content())
		}
		b.WriteString("</" + k.name + ">")
	}
	return b.String()
}

// copied are RSS's elements and the fields that they become, in order.
var copied = [][2]string{
	{"author", "creator"}, {"dc:publisher", "publisher"}, {"dc:creator", "creator"}, {"dc:source", "source"}, {"dc:title", "title"}, {"dc:type", "type"},
	{"title", "title"}, {"link", "link"}, {"pubDate", "pubDate"}, {"author", "author"}, {"summary", "summary"}, {"content:encoded", "content:encoded"},
	{"dc:creator", "dc:creator"}, {"dc:date", "dc:date"}, {"comments", "comments"},
}

func rssEntry(it *element, custom []string) *value.Object {
	o := value.NewObject(12)
	for _, c := range copied {
		e := it.first(c[0])
		if e == nil {
			continue
		}
		o.Set(c[1], e.content())
		if c[0] == "content:encoded" {
			o.Set("content:encodedSnippet", snippet(e.content()))
		}
	}
	if e := it.first("enclosure"); e != nil {
		enclosure := value.NewObject(3)
		for _, name := range []string{"url", "length", "type"} {
			if v, ok := e.attrs[name]; ok {
				enclosure.Set(name, v)
			}
		}
		o.Set("enclosure", enclosure)
	}
	if e := it.first("description"); e != nil {
		setContent(o, e.content())
	}
	if e := it.first("guid"); e != nil {
		o.Set("guid", e.content())
	}
	if list := it.all("category"); len(list) > 0 {
		categories := make([]any, len(list))
		for i, e := range list {
			categories[i] = e.content()
		}
		o.Set("categories", categories)
	}
	setMoment(o, "pubDate", "dc:date")
	setCustom(o, it, custom)
	return o
}

func atomEntry(it *element, custom []string) *value.Object {
	o := value.NewObject(10)
	if e := it.first("title"); e != nil {
		o.Set("title", e.content())
	}
	var link *element
	for _, l := range it.all("link") {
		if rel := l.attrs["rel"]; link == nil || rel == "alternate" {
			link = l
		}
	}
	if link != nil {
		o.Set("link", link.attrs["href"])
	}
	for _, name := range []string{"published", "updated"} {
		if e := it.first(name); e != nil {
			o.Set("pubDate", e.content())
			if t, ok := moment(e.content()); ok {
				o.Set("pubDate", t)
			}
			break
		}
	}
	if e := it.first("author"); e != nil {
		if name := e.first("name"); name != nil {
			o.Set("author", name.content())
		}
	}
	if e := it.first("content"); e != nil {
		setContent(o, e.content())
	}
	if e := it.first("summary"); e != nil {
		o.Set("summary", e.content())
	}
	if e := it.first("id"); e != nil {
		o.Set("id", e.content())
	}
	setMoment(o, "pubDate")
	setCustom(o, it, custom)
	return o
}

func setContent(o *value.Object, content string) {
	o.Set("content", content)
	o.Set("contentSnippet", snippet(content))
}

func setCustom(o *value.Object, it *element, names []string) {
	for _, name := range names {
		if e := it.first(name); e != nil {
			o.Set(name, e.content())
		}
	}
}

// setMoment sets isoDate from the first of the fields that is a date.
func setMoment(o *value.Object, names ...string) {
	for _, name := range names {
		v, _ := o.Get(name)
		text, _ := v.(string)
		if iso, ok := moment(text); ok {
			o.Set("isoDate", iso)
			return
		}
	}
}

var layouts = []string{
	time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04 -0700", "Mon, 02 Jan 06 15:04:05 -0700", time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02",
}

func moment(text string) (string, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.000Z"), true
		}
	}
	return "", false
}

var (
	blocks = regexp.MustCompile(`([^\n])</?(?:h|br|p|ul|ol|li|blockquote|section|table|tr|div)[^>]*>([^\n])`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// snippet is the text of some HTML, with blocks on lines of their own.
func snippet(text string) string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(blocks.ReplaceAllString(text, "$1\n$2"), "")))
}
