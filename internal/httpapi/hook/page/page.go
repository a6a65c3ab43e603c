// Package page writes the pages that people who start workflows see: forms, their
// ends, and chats. A page is one document: no other host is ever asked, and its
// policy lets nothing run or load but what is in it.
//
// Texts of workflows and of people are escaped; where an author may write HTML it
// is sanitised. Pages of forms have no script at all.
package page

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
)

//go:embed *.gohtml style.css chat.js
var files embed.FS

// templates are the pages, with the style and the script that they share.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(text("style.css")) },
	"script": func() template.JS { return template.JS(text("chat.js")) },
}).ParseFS(files, "*.gohtml"))

func text(name string) string {
	b, err := files.ReadFile(name)
	if err != nil { // a programming error: the file is embedded
		panic(err)
	}
	return string(b)
}

// Frame is what every page has.
type Frame struct {
	Tab         string // the title of the browser's tab
	CSS         string // the author's own, below ours
	Attribution bool
	Nonce       string // made by Write
}

// Style is the author's style without what could end the element it stands in.
func (f Frame) Style() template.CSS {
	return template.CSS(strings.NewReplacer("<", "", "\\", "").Replace(f.CSS))
}

func (f *Frame) frame() *Frame { return f }

// Page is one of the pages of this package.
type Page interface {
	name() string
	frame() *Frame
	scripted() bool
}

// policy is the Content-Security-Policy of a page, beside the sandbox that all
// answers of tenants are in.
func policy(nonce string, scripted bool) string {
	p := "default-src 'none'; base-uri 'none'; img-src data:; form-action 'self'; style-src 'nonce-" + nonce + "'"
	if scripted {
		p += "; script-src 'nonce-" + nonce + "'; connect-src 'self'"
	}
	return p
}

// Write answers with a page. restrict is given the page's policy before anything
// is written.
func Write(w http.ResponseWriter, status int, p Page, restrict func(policy string)) error {
	f := p.frame()
	f.Nonce = ident.Token()
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, p.name(), p); err != nil {
		return err
	}
	restrict(policy(f.Nonce, p.scripted()))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // addresses of waiting forms are secret
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}
