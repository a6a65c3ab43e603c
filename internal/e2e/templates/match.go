package templates

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/value"
)

// mismatch says how a request differs from the one that a case answers, "" if it
// does not.
func mismatch(x template.Exchange, req *http.Request, body []byte) string {
	if x.Method != "" && x.Method != req.Method {
		return fmt.Sprintf("the method is not %s", x.Method)
	}
	if at := req.URL.Scheme + "://" + req.URL.Host + req.URL.Path; x.URL != "" && !glob(x.URL, at) {
		return fmt.Sprintf("the address is not %s", x.URL)
	}
	query := req.URL.Query()
	for k, v := range x.Query {
		if query.Get(k) != v {
			return fmt.Sprintf("query %s is %q, not %q", k, query.Get(k), v)
		}
	}
	if len(x.Body) == 0 {
		return ""
	}
	want, err := value.Parse(x.Body)
	if err != nil {
		return err.Error()
	}
	return lacks("body", want, bodyOf(contentType(req.Header), body))
}

func glob(pattern, s string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(s)
}

// contentType is the header in any case: it goes out as the author writes it.
func contentType(h http.Header) string {
	for k, v := range h {
		if strings.EqualFold(k, "Content-Type") {
			return strings.Join(v, ",")
		}
	}
	return ""
}

// bodyOf reads a body for comparison: JSON, a form as an object, or text.
func bodyOf(contentType string, body []byte) any {
	if v, err := value.Parse(body); err == nil {
		return v
	}
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil {
			o := value.NewObject(len(form))
			for k := range form {
				o.Set(k, form.Get(k))
			}
			return o
		}
	}
	return string(body)
}

// lacks says what of want is not in have, "" if all is: objects may have further
// fields, lists further elements, and a text that is not JSON must be contained.
func lacks(at string, want, have any) string {
	switch w := want.(type) {
	case *value.Object:
		h, ok := have.(*value.Object)
		if !ok {
			return fmt.Sprintf("%s is %s, not an object", at, value.JSON(have))
		}
		for k, x := range w.All() {
			v, ok := h.Get(k)
			if !ok {
				return fmt.Sprintf("%s lacks %q: %s", at, k, value.JSON(have))
			}
			if diff := lacks(at+"."+k, x, v); diff != "" {
				return diff
			}
		}
		return ""
	case []any:
		return lacksElement(at, w, have)
	}
	if text, ok := want.(string); ok && at == "body" {
		if h, ok := have.(string); ok && strings.Contains(h, text) {
			return ""
		}
	}
	if !value.Equal(want, have) {
		return fmt.Sprintf("%s is %s, not %s", at, value.JSON(have), value.JSON(want))
	}
	return ""
}

// lacksElement looks for each wanted element, in order; an empty list wants an
// empty one.
func lacksElement(at string, want []any, have any) string {
	list, ok := have.([]any)
	if !ok {
		return fmt.Sprintf("%s is %s, not a list", at, value.JSON(have))
	}
	if len(want) == 0 && len(list) > 0 {
		return fmt.Sprintf("%s is %s, not empty", at, value.JSON(have))
	}
	next := 0
	for i, w := range want {
		first := ""
		for ; next < len(list); next++ {
			diff := lacks(fmt.Sprintf("%s[%d]", at, next), w, list[next])
			if diff == "" {
				break
			}
			if first == "" {
				first = diff
			}
		}
		if next++; next > len(list) {
			return fmt.Sprintf("%s has no element like number %d, %s (%s)", at, i, value.JSON(w), first)
		}
	}
	return ""
}

// lacksJSON is lacks for a wanted value as it is written.
func lacksJSON(at string, want json.RawMessage, have any) string {
	w, err := value.Parse(want)
	if err != nil {
		return at + ": " + err.Error()
	}
	return lacks(at, w, have)
}
