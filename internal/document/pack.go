package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The limits of packed files: their parts together after they are unpacked, and
// their number.
const (
	maxUnpacked = 64 << 20
	maxParts    = 10_000
)

// pack is an open zip file with what may still be unpacked.
type pack struct {
	r    *zip.Reader
	left int64
}

func openPack(data []byte) (*pack, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	if len(r.File) > maxParts {
		return nil, errors.New("it has too many parts")
	}
	return &pack{r, maxUnpacked}, nil
}

func (p *pack) read(name string) ([]byte, error) {
	f, err := p.r.Open(strings.TrimPrefix(path.Clean("/"+name), "/"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, p.left+1))
	if err != nil {
		return nil, err
	}
	if p.left -= int64(len(b)); p.left < 0 {
		return nil, errors.New("it is too large when it is unpacked")
	}
	return b, nil
}

// Docx is the text of a Word document: its paragraphs, with empty lines between them.
func Docx(data []byte) (string, error) {
	p, err := openPack(data)
	if err != nil {
		return "", unreadable("a Word document", "%s", err)
	}
	b, err := p.read("word/document.xml")
	if err != nil {
		return "", unreadable("a Word document", "%s", err)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	var out strings.Builder
	inText := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", unreadable("a Word document", "%s", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "tab":
				out.WriteByte('\t')
			case "br", "cr":
				out.WriteByte('\n')
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "p":
				out.WriteString("\n\n")
			}
		case xml.CharData:
			if inText {
				out.Write(t)
			}
		}
	}
}

// Epub gives the text of each chapter of an EPUB book, in the order in which it is
// read; chapters without text are left out.
func Epub(data []byte) ([]string, error) {
	p, err := openPack(data)
	if err != nil {
		return nil, unreadable("EPUB", "%s", err)
	}
	chapters, err := p.spine()
	if err != nil {
		return nil, unreadable("EPUB", "%s", err)
	}
	var out []string
	for _, name := range chapters {
		b, err := p.read(name)
		if err != nil {
			return nil, unreadable("EPUB", "%s", err)
		}
		if text := strings.TrimSpace(plainText(b)); text != "" {
			out = append(out, text)
		}
	}
	return out, nil
}

// spine are the names of the chapters' files (EPUB 3.3, 5.1 and 4.2.6.3.1).
func (p *pack) spine() ([]string, error) {
	var container struct {
		Roots []struct {
			Path string `xml:"full-path,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	b, err := p.read("META-INF/container.xml")
	if err == nil {
		err = xml.Unmarshal(b, &container)
	}
	if err != nil {
		return nil, err
	}
	if len(container.Roots) == 0 {
		return nil, errors.New("it names no package")
	}
	root := container.Roots[0].Path
	var book struct {
		Items []struct {
			ID   string `xml:"id,attr"`
			Href string `xml:"href,attr"`
		} `xml:"manifest>item"`
		Refs []struct {
			ID string `xml:"idref,attr"`
		} `xml:"spine>itemref"`
	}
	if b, err = p.read(root); err == nil {
		err = xml.Unmarshal(b, &book)
	}
	if err != nil {
		return nil, err
	}
	hrefs := map[string]string{}
	for _, i := range book.Items {
		hrefs[i.ID] = i.Href
	}
	var out []string
	for _, ref := range book.Refs {
		if href, ok := hrefs[ref.ID]; ok {
			out = append(out, path.Join(path.Dir(root), href))
		}
	}
	return out, nil
}

// blocks end a line in the text of a page.
var blocks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Br: true, atom.Li: true, atom.Tr: true, atom.H1: true, atom.H2: true, atom.H3: true,
	atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true, atom.Section: true, atom.Pre: true, atom.Table: true,
}

// plainText is what a page says.
func plainText(page []byte) string {
	z := html.NewTokenizer(bytes.NewReader(page))
	var out strings.Builder
	silent := 0 // depth of head, script and style
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if silent == 0 {
				out.WriteString(string(z.Text()))
			}
		case html.StartTagToken:
			if name, _ := z.TagName(); isSilent(name) {
				silent++
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if isSilent(name) && silent > 0 {
				silent--
			}
			if blocks[atom.Lookup(name)] {
				out.WriteByte('\n')
			}
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); blocks[atom.Lookup(name)] {
				out.WriteByte('\n')
			}
		}
	}
}

func isSilent(name []byte) bool {
	switch atom.Lookup(name) {
	case atom.Head, atom.Script, atom.Style:
		return true
	}
	return false
}
