package credential

import (
	"regexp"
	"strings"
)

// place is {field}.
var place = regexp.MustCompile(`\{([A-Za-z0-9_.-]+)\}`)

// Marker stands in a URL's path where the credential itself goes.
const Marker = "{credential}"

// Fill puts fields into a text; the marker stays.
func Fill(text string, fields map[string]string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return place.ReplaceAllStringFunc(text, func(m string) string {
		if m == Marker {
			return m
		}
		return fields[m[1:len(m)-1]]
	})
}

// Given is Fill for what is left out if it names fields and all of them are empty.
func Given(text string, fields map[string]string) (string, bool) {
	names := placesOf(text)
	for _, name := range names {
		if fields[name] != "" {
			return Fill(text, fields), true
		}
	}
	return text, len(names) == 0
}

func placesOf(text string) []string {
	var out []string
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		if m[0] != Marker {
			out = append(out, m[1])
		}
	}
	return out
}

// Complete returns the fields with the type's defaults where there is nothing,
// and with those that follow from others.
func (k *Kind) Complete(fields map[string]string) map[string]string {
	out := make(map[string]string, len(fields)+len(k.Fields)+len(k.Derived))
	for i := range k.Fields {
		if f := &k.Fields[i]; f.Default != "" {
			out[f.Name] = f.Default
		}
	}
	for name, v := range fields {
		if v != "" {
			out[name] = v
		}
	}
	for _, d := range k.Derived {
		if out[d.Name] == "" { // what is complete already stays
			out[d.Name] = d.of(out)
		}
	}
	return out
}

func (d Derived) of(fields map[string]string) string {
	v := fields[d.From]
	if d.After != "" {
		if i := strings.LastIndex(v, d.After); i >= 0 {
			v = v[i+len(d.After):]
		}
	}
	if d.Before != "" {
		if i := strings.IndexAny(v, d.Before); i >= 0 {
			v = v[:i]
		}
	}
	if d.Map == nil {
		return v
	}
	to, ok := d.Map[v]
	if !ok {
		to = d.Map["*"]
	}
	return Fill(to, fields)
}

// FillURL is Fill for addresses: a slash at the end of a field and one that
// follows it are one.
func FillURL(text string, fields map[string]string) string {
	url := Fill(text, fields)
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	rest, query, has := strings.Cut(rest, "?")
	for strings.Contains(rest, "//") {
		rest = strings.ReplaceAll(rest, "//", "/")
	}
	if has {
		rest += "?" + query
	}
	return scheme + "://" + rest
}
