package service

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed types/*.json
var files embed.FS

// prefix is what n8n puts before the names of its own node types.
const prefix = "n8n-nodes-base."

// All are the types, by their names.
func All() []*Type { return builtin().list }

// Of is the type of n8n's name; nil if there is none.
func Of(typ string) *Type {
	if !strings.HasSuffix(typ, "Trigger") { // most nodes: no file need be read
		return nil
	}
	return builtin().named[typ]
}

type registry struct {
	list  []*Type
	named map[string]*Type
}

var builtin = sync.OnceValue(func() registry {
	entries, err := files.ReadDir("types")
	if err != nil {
		panic("service triggers: " + err.Error())
	}
	r := registry{named: map[string]*Type{}}
	for _, e := range entries { // in the order of their names
		b, err := files.ReadFile("types/" + e.Name())
		if err != nil {
			panic("service triggers: " + err.Error())
		}
		t, err := parse(strings.TrimSuffix(e.Name(), ".json"), b)
		if err != nil { // a test reads every file
			panic("service triggers: " + err.Error())
		}
		r.list, r.named[t.Type] = append(r.list, t), t
	}
	return r
})

// parse reads a file strictly: a member that is not known is an error.
func parse(name string, b []byte) (*Type, error) {
	t := &Type{Type: prefix + name}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%s: there is text after the type", name)
	}
	if err := errors.Join(t.check()...); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

func (t *Type) check() (bad []error) {
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			bad = append(bad, fmt.Errorf(format, args...))
		}
	}
	say(t.Name == "" || t.Description == "" || t.Docs == "", "name, description or docs is missing")
	say(len(t.Versions) == 0 || !slices.IsSorted(t.Versions), "versions must be there, ascending")
	say(t.Path == "" || len(t.Methods) == 0, "path or methods is missing")
	for _, p := range t.Params {
		say(p.Name == "" || p.Type == "" || p.Description == "", "a parameter lacks name, type or description")
	}
	for i, f := range t.Filters {
		say((f.Param == "") == (len(f.Values) == 0), "filter %d needs a parameter or values", i)
		say(len(f.Body) == 0 && f.Header == "" && !f.Keys, "filter %d does not say where the name is", i)
	}
	d := t.Delivery
	say(len(d.Headers) == 0 && len(d.Body) == 0 && len(d.Each) == 0 && !d.Content, "delivery names nothing")
	if r := t.Registration; r != nil {
		say(r.Help == "" || len(r.API) == 0, "registration needs help and api")
		say(r.Secret != "" && r.Secret != Chosen && r.Secret != Given, "registration: %q makes no secret", r.Secret)
	}
	if err := t.Verify.check(); err != nil {
		bad = append(bad, err)
	}
	return bad
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func (v Verify) check() error {
	switch v.Scheme {
	case Basic, None:
		return nil
	case Token, Twilio:
		if v.Header == "" {
			return errors.New("verify needs a header")
		}
		return nil
	case HMAC:
	default:
		return fmt.Errorf("verify: %q is no scheme", v.Scheme)
	}
	if v.Header == "" || hashes[v.Algorithm] == nil || decoders[v.Encoding] == nil {
		return errors.New("verify needs a header, a known algorithm and a known encoding")
	}
	if !strings.Contains(v.Message, "{body}") {
		return errors.New("verify: the message must have the {body}")
	}
	for _, p := range placeholder.FindAllString(v.Message, -1) {
		if !slices.Contains([]string{"{body}", "{timestamp}", "{method}", "{url}"}, p) {
			return fmt.Errorf("verify: %s is no part of a message", p)
		}
	}
	// A time that is not signed could be any; one in the body is signed with it.
	if signed := strings.Contains(v.Message, "{timestamp}"); signed != (v.Timestamp.Header != "" || v.Timestamp.Member != "") {
		return errors.New("verify: a timestamp of a header must be in the message, and one in the message must have its place")
	}
	return nil
}
