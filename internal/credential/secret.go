package credential

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// MinSecret is the shortest secret, in bytes, that is looked for in what a node
// gives: shorter ones would be found in texts that have nothing to do with them.
const MinSecret = 8

// Hidden stands where a secret stood.
const Hidden = "**hidden**"

// Secrets are the texts that tell the credential's secrets: the secret fields, the
// values inside those that are JSON, and the forms in which they travel (escaped
// in a URL or in JSON, or as basic authentication). The longest come first.
func (k *Kind) Secrets(fields map[string]string) []string {
	var out []string
	for name, v := range fields {
		if (k == nil && name != FieldDomains) || (k != nil && k.IsSecret(name)) {
			out = append(out, v)
			out = append(out, leaves(v)...)
		}
	}
	if k != nil {
		for _, r := range k.Auth {
			if r.Basic != nil {
				pair := Fill(r.Basic.User, fields) + ":" + Fill(r.Basic.Password, fields)
				out = append(out, base64.StdEncoding.EncodeToString([]byte(pair)))
			}
		}
	}
	for _, s := range out {
		out = append(out, escapes(s)...)
	}
	out = slices.DeleteFunc(out, func(s string) bool { return len(s) < MinSecret })
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(out)
}

// escapes are the forms that a text takes in a URL, in JSON and in HTML.
func escapes(s string) []string {
	quoted, _ := json.Marshal(s)
	form := url.QueryEscape(s)
	return []string{
		form, strings.ReplaceAll(form, "+", "%20"), url.PathEscape(s), (&url.URL{Path: "/" + s}).EscapedPath()[1:],
		string(quoted[1 : len(quoted)-1]), html.EscapeString(s),
	}
}

// leaves are the texts inside a JSON object or list.
func leaves(text string) []string {
	if t := strings.TrimSpace(text); t == "" || t[0] != '{' && t[0] != '[' {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return out
}

// Hide replaces the secrets in a text, and what is left of one where the text was cut.
func Hide(text string, secrets []string) string {
	for _, s := range secrets {
		if len(text) >= len(s) && strings.Contains(text, s) {
			text = strings.ReplaceAll(text, s, Hidden)
		}
	}
	if !strings.Contains(text, fault.More) {
		return text
	}
	parts := strings.Split(text, fault.More)
	for i := range len(parts) - 1 {
		parts[i] = hideEnd(parts[i], secrets)
	}
	return strings.Join(parts, fault.More)
}

// hideEnd replaces the first part of a secret at the end of a text.
func hideEnd(text string, secrets []string) string {
	for _, s := range secrets {
		for n := min(len(s), len(text)); n >= MinSecret; n-- {
			if strings.HasSuffix(text, s[:n]) {
				return text[:len(text)-n] + Hidden
			}
		}
	}
	return text
}
