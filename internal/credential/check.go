package credential

import (
	"fmt"
	"slices"
	"strings"
)

// check refuses a type that contradicts itself.
func (k *Kind) check() error {
	if k.Name == "" {
		return fmt.Errorf("it has no name")
	}
	for i := range k.Fields {
		if err := k.checkField(&k.Fields[i]); err != nil {
			return err
		}
	}
	for _, d := range k.Derived {
		own := k.Field(d.Name)
		if !k.has(d.From) || own != nil && (own.Secret || d.From == d.Name) || (d.After == "" && d.Before == "" && d.Map == nil) {
			return fmt.Errorf("the derived field %q must follow from another field, by after, before or map", d.Name)
		}
	}
	for _, r := range k.Auth {
		if err := k.checkRule(r); err != nil {
			return err
		}
	}
	texts := append(slices.Clone(k.Domains), k.BaseURL)
	if k.Test != nil {
		texts = append(texts, k.Test.URL, k.Test.Body)
	}
	if o := k.OAuth2; o != nil {
		texts = append(texts, o.Grant, o.AuthURL, o.TokenURL, o.Scope, o.AuthQuery, o.Client)
		for _, text := range o.Login {
			texts = append(texts, text)
		}
		if o.Grant != ServiceAccount && o.Grant != Login && o.AuthURL == "" && o.TokenURL == "" {
			return fmt.Errorf("OAuth2 needs the address of the token endpoint")
		}
	}
	return k.checkPlaces(texts...)
}

func (k *Kind) checkField(f *Field) error {
	switch {
	case f.Name == "" || f.Label == "":
		return fmt.Errorf("the field %q has no name or no label", f.Name)
	case !slices.Contains([]FieldType{Text, Number, Boolean, JSON, Choice}, f.Type):
		return fmt.Errorf("the field %q has the unknown type %q", f.Name, f.Type)
	case (f.Type == Choice) != (len(f.Options) > 0):
		return fmt.Errorf("the field %q: options and only options have choices", f.Name)
	case f.Type == Choice && f.Default != "" && !slices.Contains(f.Options, f.Default):
		return fmt.Errorf("the default of the field %q is none of its options", f.Name)
	}
	for name := range f.Show {
		if k.Field(name) == nil {
			return fmt.Errorf("the field %q is shown by the field %q, which the type does not have", f.Name, name)
		}
	}
	return nil
}

func (k *Kind) checkRule(r Rule) error {
	known := []Scheme{"", NamedHeader, NamedHeaders, NamedQuery, Custom, Digest, SigV4, OAuth1, GhostAdmin, AccessToken}
	if !slices.Contains(known, r.Scheme) {
		return fmt.Errorf("the scheme %q is unknown", r.Scheme)
	}
	if r.Scheme == AccessToken && k.OAuth2 == nil {
		return fmt.Errorf("it wants an access token and says not where from")
	}
	for name := range r.When {
		if k.Field(name) == nil {
			return fmt.Errorf("a rule depends on the field %q, which the type does not have", name)
		}
	}
	texts := []string{r.Path}
	for _, m := range []map[string]string{r.Headers, r.Query, r.Body} {
		for name, text := range m {
			texts = append(texts, name, text)
		}
	}
	if r.Basic != nil {
		texts = append(texts, r.Basic.User, r.Basic.Password)
	}
	return k.checkPlaces(texts...)
}

// checkPlaces refuses texts that name fields which the type does not have.
func (k *Kind) checkPlaces(texts ...string) error {
	for _, text := range texts {
		for _, name := range placesOf(text) {
			if !k.has(name) {
				return fmt.Errorf("%q names the field %q, which the type does not have", text, name)
			}
		}
		if strings.Count(strings.ReplaceAll(text, Marker, ""), "{") != len(placesOf(text)) && !strings.Contains(text, `"`) {
			return fmt.Errorf("%q has a brace that names no field", text)
		}
	}
	return nil
}

// has reports whether texts may name the field.
func (k *Kind) has(name string) bool {
	derived := slices.ContainsFunc(k.Derived, func(d Derived) bool { return d.Name == name })
	token := name == FieldToken || strings.HasPrefix(name, FieldTokenData+".")
	return derived || k.Field(name) != nil || token && k.OAuth2 != nil
}
