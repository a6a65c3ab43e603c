package ai

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/document"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/textsplit"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/vectorstore"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// loader makes documents of the items that a vector store is to keep.
type loader struct {
	c        *node.Call
	node     *workflow.Node // nil: the items' JSON as it is
	splitter textsplit.Splitter
}

// connectedLoader reads the document loader connected to n, and the text splitter
// connected to that.
func connectedLoader(ctx context.Context, c *node.Call, n *workflow.Node) (*loader, error) {
	list := connected(c.Workflow, n, "ai_document")
	if len(list) == 0 {
		return nil, node.Errorf("A Document sub-node must be connected to %q and enabled", n.Name)
	}
	l := &loader{c: c, node: list[0]}
	switch kind(l.node) {
	case "documentDefaultDataLoader", "documentBinaryInputLoader", "documentJsonInputLoader":
	default:
		return nil, unsupported(l.node, "The document loader")
	}
	var err error
	r := newSub(ctx, c, l.node)
	if kind(l.node) == "documentDefaultDataLoader" && l.node.TypeVersion >= 1.1 && r.text("textSplittingMode", "simple") == "simple" {
		l.splitter = textsplit.Recursive{Size: textsplit.Size{Chunk: 1000, Overlap: 200}} // n8n's simple splitting
	} else {
		l.splitter, err = connectedSplitter(ctx, c, l.node)
	}
	if err == nil {
		err = r.problem()
	}
	return l, err
}

// part is a text before it is split, with what is known of it.
type part struct {
	text     string
	metadata *value.Object
}

// load makes the documents of one item.
func (l *loader) load(ctx context.Context, item int, it workflow.Item) ([]vectorstore.Document, error) {
	parts, own, err := l.parts(ctx, item, it)
	if err != nil {
		return nil, node.AtItem(item, err)
	}
	var out []vectorstore.Document
	for _, p := range parts {
		if l.splitter == nil {
			out = append(out, vectorstore.Document{Content: p.text, Metadata: with(p.metadata, own)})
			continue
		}
		for _, chunk := range textsplit.Lines(l.splitter, p.text) {
			loc := value.NewObject(1)
			if x, ok := p.metadata.Get("loc"); ok {
				loc = x.(*value.Object).Shallow()
			}
			loc.Set("lines", value.Obj("from", float64(chunk.From), "to", float64(chunk.To)))
			metadata := p.metadata.Shallow()
			metadata.Set("loc", loc)
			out = append(out, vectorstore.Document{Content: chunk.Text, Metadata: with(metadata, own)})
		}
	}
	return out, nil
}

// with is metadata with the author's own, which wins.
func with(metadata, own *value.Object) *value.Object {
	out := metadata.Shallow()
	for name, v := range own.All() {
		out.Set(name, v)
	}
	return out
}

// parts are an item's texts, and the metadata that the author adds to each.
func (l *loader) parts(ctx context.Context, item int, it workflow.Item) ([]part, *value.Object, error) {
	if l.node == nil {
		return jsonParts(it.JSON, nil), nil, nil
	}
	r := newSub(ctx, l.c, l.node)
	r.item = item
	own := metadataValues(r)
	var parts []part
	var err error
	if kind(l.node) == "documentBinaryInputLoader" || r.text("dataType", "json") == "binary" {
		parts, err = l.files(ctx, r, it)
	} else {
		parts, err = l.data(r, it)
	}
	if err == nil {
		err = r.problem()
	}
	return parts, own, err
}

// metadataValues are options.metadata: names and values; nil if there are none.
func metadataValues(r *sub) *value.Object {
	list := r.objects("options.metadata.metadataValues")
	if len(list) == 0 {
		return nil
	}
	out := value.NewObject(len(list))
	for _, o := range list {
		v, _ := o.Get("value")
		out.Set(node.Get(o, "name", ""), v)
	}
	return out
}

func pointers(r *sub) []string {
	var out []string
	for p := range strings.SplitSeq(r.text("options.pointers", ""), ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// source is the metadata that LangChain gives to what it loads from memory.
func source(typ string) *value.Object { return value.Obj("source", "blob", "blobType", typ) }

// numbered are texts of one source; several get their number.
func numbered(texts []string, typ string) []part {
	out := make([]part, len(texts))
	for i, t := range texts {
		out[i] = part{t, source(typ)}
		if len(texts) > 1 {
			out[i].metadata.Set("line", float64(i+1))
		}
	}
	return out
}

func jsonParts(v any, pointers []string) []part {
	return numbered(document.Strings(v, pointers), "application/json")
}

// data reads the item's JSON, or what an expression gives.
func (l *loader) data(r *sub, it workflow.Item) ([]part, error) {
	if r.text("jsonMode", "allInputData") != "expressionData" {
		return jsonParts(it.JSON, pointers(r)), nil
	}
	switch v := r.value("jsonData").(type) {
	case string:
		return numbered([]string{v}, "text/plain"), nil
	case *value.Object, []any:
		return jsonParts(v, pointers(r)), nil
	case nil:
		if r.err != nil {
			return nil, r.problem()
		}
		return nil, node.Errorf("The data of %q is empty for this item: its expression gives nothing.", l.node.Name)
	default:
		return numbered([]string{node.Text(v)}, "text/plain"), nil
	}
}

// files reads the item's files: one, or all.
func (l *loader) files(ctx context.Context, r *sub, it workflow.Item) ([]part, error) {
	names := slices.Sorted(maps.Keys(it.Binary))
	if kind(l.node) == "documentBinaryInputLoader" || r.text("binaryMode", "allInputData") == "specificField" {
		names = []string{r.text("binaryDataKey", "data")}
	}
	var out []part
	for _, name := range names {
		data, f, err := l.c.ReadFile(ctx, it, name)
		if err != nil {
			return nil, err
		}
		parts, err := l.file(ctx, r, data, f.MimeType)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// loaderTypes are the loaders by the type of file that each reads.
var loaderTypes = map[string]string{
	"application/pdf": "pdfLoader", "text/csv": "csvLoader", "application/epub+zip": "epubLoader", "application/json": "jsonLoader",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docxLoader", "text/plain": "textLoader",
}

// file reads one file by its type; what is of no known type is read as text.
func (l *loader) file(ctx context.Context, r *sub, data []byte, typ string) ([]part, error) {
	typ, _, _ = strings.Cut(typ, ";")
	if chosen := r.text("loader", "auto"); chosen != "auto" && loaderTypes[typ] != chosen {
		return nil, node.Errorf("Mime type doesn't match selected loader. The file is of type %s; choose another data format in %q, or 'Automatically Detect by Mime Type'.", typ, l.node.Name)
	}
	text := func() string { return strings.ToValidUTF8(strings.TrimPrefix(string(data), "\ufeff"), "\ufffd") }
	switch loaderTypes[typ] {
	case "pdfLoader":
		return pdfParts(ctx, data, r.flag("options.splitPages", false))
	case "csvLoader":
		rows, err := document.CSV(text(), r.text("options.separator", ","), r.text("options.column", ""))
		return numbered(rows, typ), err
	case "epubLoader":
		chapters, err := document.Epub(data)
		return numbered(chapters, typ), err
	case "docxLoader":
		t, err := document.Docx(data)
		return numbered([]string{t}, typ), err
	case "jsonLoader":
		v, err := value.Parse(data)
		if err != nil {
			return nil, node.Errorf("The file is not valid JSON.")
		}
		return jsonParts(v, pointers(r)), nil
	}
	return numbered([]string{text()}, typ), nil
}

// pdfParts are a PDF's pages, each for itself or together.
func pdfParts(ctx context.Context, data []byte, split bool) ([]part, error) {
	pages, err := document.PDF(ctx, data)
	if err != nil {
		return nil, err
	}
	metadata := source("application/pdf")
	metadata.Set("pdf", value.Obj("totalPages", float64(len(pages))))
	var out []part
	var texts []string
	for i, text := range pages {
		if text == "" {
			continue
		}
		texts = append(texts, text)
		m := metadata.Shallow()
		m.Set("loc", value.Obj("pageNumber", float64(i+1)))
		out = append(out, part{text, m})
	}
	if len(out) == 0 {
		return nil, node.Errorf("The PDF file has no text: its pages may be pictures.")
	}
	if !split {
		return []part{{strings.Join(texts, "\n\n"), metadata}}, nil
	}
	return out, nil
}
