package extend

import (
	"strings"

	"github.com/dop251/goja"
)

var stringFunctions = map[string]function{
	"length":              func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return this.ToObject(s.VM).Get("length") },
	"isEmpty":             func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(!this.ToBoolean()) },
	"isNotEmpty":          func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(this.ToBoolean()) },
	"toJsonString":        toJSONString,
	"parseJson":           parseJSON,
	"hash":                hash,
	"base64Encode":        text(base64Encode),
	"base64Decode":        text(base64Decode),
	"urlEncode":           coder("encodeURI", "encodeURIComponent"),
	"urlDecode":           coder("decodeURI", "decodeURIComponent"),
	"quote":               quote,
	"removeTags":          text(func(v string) string { return tags.ReplaceAllString(v, "") }),
	"removeMarkdown":      text(removeMarkdown),
	"replaceSpecialChars": text(transliterate),
	"toSentenceCase":      text(sentenceCase),
	"toTitleCase":         text(titleCase),
	"toSnakeCase":         text(snakeCase),
	"toBoolean":           toBoolean,
	"toInt":               toInt,
	"toWholeNumber":       toInt,
	"toFloat":             toFloat,
	"toDecimalNumber":     toFloat,
	"toNumber":            toNumber,
	"isNumeric":           isNumeric,
	"isUrl":               test(func(v string) bool { return exactURL.MatchString(v) }),
	"isDomain":            test(func(v string) bool { return domain.MatchString(v) }),
	"isEmail":             test(isEmail),
	"extractEmail":        extract(func(v string) (string, bool) { return first(email.FindStringSubmatch(v), 0) }),
	"extractDomain":       extract(extractDomain),
	"extractUrl":          extract(func(v string) (string, bool) { return first(anyURL.FindStringSubmatch(v), 0) }),
	"extractUrlPath":      extract(urlPath),
	"toDate":              toDate,
	"toDateTime": func(s *Set, this goja.Value, args []goja.Value) goja.Value {
		return s.dates("stringToDateTime", this, args)
	},
}

// text makes a function of one that maps text to text.
func text(f func(string) string) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		v := this.String()
		s.Spend(2 * int64(len(v)))
		return s.VM.ToValue(f(v))
	}
}

func test(f func(string) bool) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value { return s.VM.ToValue(f(this.String())) }
}

// extract makes a function that gives undefined where nothing is found.
func extract(f func(string) (string, bool)) function {
	return func(s *Set, this goja.Value, _ []goja.Value) goja.Value {
		if v, ok := f(this.String()); ok {
			return s.VM.ToValue(v)
		}
		return goja.Undefined()
	}
}

func first(match []string, group int) (string, bool) {
	if match == nil {
		return "", false
	}
	return match[group], true
}

func parseJSON(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	v, err := s.global("JSON.parse", this)
	if _, thrown := err.(*goja.Exception); thrown { //nolint:errorlint // goja returns it unwrapped
		if strings.Contains(this.String(), "'") {
			s.Throw("Parsing failed. Check you're using double quotes")
		}
		s.Throw("Parsing failed")
	}
	return s.must(v, err)
}

// coder encodes or decodes for URLs: all of an address, or one part of it.
func coder(whole, part string) function {
	return func(s *Set, this goja.Value, args []goja.Value) goja.Value {
		name := part
		if argument(args, 0).ToBoolean() {
			name = whole
		}
		return s.must(s.global(name, this))
	}
}

func quote(s *Set, this goja.Value, args []goja.Value) goja.Value {
	mark := `"`
	if a := argument(args, 0); given(a) {
		mark = a.String()
	}
	v := strings.ReplaceAll(this.String(), `\`, `\\`)
	if mark != "" {
		v = strings.ReplaceAll(v, mark, `\`+mark)
	}
	return s.VM.ToValue(mark + v + mark)
}

func toBoolean(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	switch strings.ToLower(this.String()) {
	case "", "false", "no", "0":
		return s.VM.ToValue(false)
	}
	return s.VM.ToValue(true)
}

// number calls one of ECMAScript's functions that read a number from text.
func (s *Set) number(text, name, failure string, args ...goja.Value) goja.Value {
	v := s.must(s.global(name, append([]goja.Value{s.VM.ToValue(text)}, args...)...))
	if f := v.ToFloat(); f != f { //nolint:gocritic // NaN
		s.Throw(failure)
	}
	return v
}

func toInt(s *Set, this goja.Value, args []goja.Value) goja.Value {
	return s.number(currency.ReplaceAllString(this.String(), ""), "parseInt", "cannot convert to integer", argument(args, 0))
}

func toFloat(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	v := this.String()
	if strings.Contains(v, ",") {
		s.Throw("cannot convert to float, expected . as decimal separator")
	}
	return s.number(currency.ReplaceAllString(v, ""), "parseFloat", "cannot convert to float")
}

func toNumber(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	return s.number(currency.ReplaceAllString(this.String(), ""), "Number", "cannot convert to number")
}

func isNumeric(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	if strings.Contains(this.String(), " ") {
		return s.VM.ToValue(false)
	}
	whole := this.ToFloat()
	begin := s.must(s.global("parseFloat", this)).ToFloat()
	return s.VM.ToValue(whole == whole && begin == begin) //nolint:gocritic // not NaN
}

// toDate is Date.parse; without a time, midnight.
func toDate(s *Set, this goja.Value, _ []goja.Value) goja.Value {
	ms := s.must(s.global("Date.parse", this))
	d := s.newDate(ms)
	if f := ms.ToFloat(); f != f { //nolint:gocritic // NaN
		s.Throw("cannot convert to date")
	}
	if !strings.Contains(this.String(), ":") {
		set, ok := goja.AssertFunction(d.ToObject(s.VM).Get("setHours"))
		zero := s.VM.ToValue(0)
		if ok {
			s.must(set(d, zero, zero, zero))
		}
	}
	return d
}
