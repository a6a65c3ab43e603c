package search

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strings"
)

// Kind says what a document stands for.
type Kind string

// The kinds.
const (
	Template Kind = "template"
	Workflow Kind = "workflow"
)

// Limits of a document; what goes beyond is cut, as the model reads no more than
// 256 tokens anyway.
const (
	MaxUseCases  = 12
	maxTextBytes = 16 << 10
)

// Document is what is searched: a template, or a workflow of a tenant.
type Document struct {
	ID   string
	Kind Kind
	// Version orders the states of a document. It only rises: a state with a lower
	// version than one already seen is old news.
	Version     int64
	Name        string
	Description string
	Category    string
	Tags        []string
	Apps        []string // slugs, "google-sheets"
	UseCases    []string // sentences: what a user would want it for
	// Body is more text to find it by, shown to nobody: a workflow's steps and notes.
	Body string
}

// Text is what is embedded: name, description, tags, use cases, body.
func (d *Document) Text() string {
	var b strings.Builder
	b.WriteString(d.Name)
	sentence(&b, d.Description)
	if len(d.Tags) > 0 {
		sentence(&b, "Tags: "+strings.Join(d.Tags, ", "))
	}
	if len(d.UseCases) > 0 {
		sentence(&b, "Use cases: "+strings.Join(d.UseCases, "; "))
	}
	sentence(&b, d.Body)
	return b.String()
}

func sentence(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	if b.Len() > 0 {
		if last := b.String()[b.Len()-1]; last != '.' && last != '!' && last != '?' {
			b.WriteByte('.')
		}
		b.WriteByte(' ')
	}
	b.WriteString(text)
}

// texts are all that is embedded of a document: the whole, then each use case,
// so that a hit can say which one matched.
func (d *Document) texts() []string {
	return append([]string{d.Text()}, d.UseCases...)
}

// TextHash changes when the document must be embedded again.
func (d *Document) TextHash() [32]byte {
	h := sha256.New()
	for _, t := range d.texts() {
		hashText(h, t)
	}
	return [32]byte(h.Sum(nil))
}

func hashText(h hash.Hash, text string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(text)))
	h.Write(n[:])
	h.Write([]byte(text))
}

// fields are the texts of the keyword index, in the order of lexical's fields.
func (d *Document) fields() [4]string {
	labels := slices.Concat(d.Tags, d.Apps, []string{d.Category})
	return [4]string{d.Name, strings.Join(labels, " "), strings.Join(d.UseCases, "\n"), d.Description + "\n" + d.Body}
}

// normal returns a copy within the limits, with lists that nobody else holds.
func (d Document) normal() Document {
	d.Description = cut(d.Description, maxTextBytes)
	d.Body = cut(d.Body, maxTextBytes)
	d.Tags, d.Apps = slices.Clone(d.Tags), slices.Clone(d.Apps)
	d.UseCases = slices.Clone(d.UseCases[:min(len(d.UseCases), MaxUseCases)])
	return d
}

// cut shortens s to at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
