package form

import (
	"fmt"
	"math"
	"net/mail"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Answers are what a browser sent, by the fields' ids.
type Answers struct {
	Values map[string][]string
	Files  map[string][]Upload
}

// Upload describes a file that was sent.
type Upload struct {
	Name, MIME string
	Size       int64
}

// day is how browsers send a date (HTML, valid date string).
const day = "2006-01-02"

// Check returns what is wrong with the answers, by the fields' ids; empty if nothing is.
func (f *Form) Check(a Answers) map[string]string {
	bad := map[string]string{}
	for i := range f.Fields {
		if problem := f.Fields[i].check(a.Values[ID(i)], a.Files[ID(i)]); problem != "" {
			bad[ID(i)] = problem
		}
	}
	return bad
}

func (f *Field) check(values []string, files []Upload) string {
	if f.Kind == File {
		return f.checkFiles(files)
	}
	if f.Kind == Hidden || f.Kind == HTML {
		return ""
	}
	values = filled(values)
	if len(values) == 0 {
		if f.Required {
			return "Fill in this field."
		}
		return ""
	}
	switch f.Kind {
	case Dropdown, Radio, Checkbox:
		return f.checkOptions(values)
	case Number:
		if n, err := strconv.ParseFloat(strings.TrimSpace(values[0]), 64); err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return "Enter a number."
		}
	case Email:
		if at, err := mail.ParseAddress(strings.TrimSpace(values[0])); err != nil || at.Address != strings.TrimSpace(values[0]) {
			return "Enter an email address, such as name@example.com."
		}
	case Date:
		if _, err := time.Parse(day, values[0]); err != nil {
			return "Enter a date."
		}
	}
	return ""
}

// filled leaves out answers of nothing but spaces.
func filled(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" })
}

func (f *Field) checkOptions(values []string) string {
	for _, v := range values {
		if !slices.Contains(f.Options, v) {
			return "Choose one of the options."
		}
	}
	switch n := len(values); {
	case !f.Many && n > 1:
		return "Choose one option."
	case f.Least > 0 && n < f.Least, f.Most > 0 && n > f.Most:
		return f.Choose()
	}
	return ""
}

// Choose says how many options are to be chosen, where that is bounded.
func (f *Field) Choose() string { return "Choose " + bounds(f.Least, f.Most) + "." }

func bounds(least, most int) string {
	switch {
	case least == most:
		return plural(least)
	case most == 0:
		return fmt.Sprintf("at least %s", plural(least))
	case least == 0:
		return fmt.Sprintf("at most %s", plural(most))
	}
	return fmt.Sprintf("%d to %s", least, plural(most))
}

func plural(n int) string {
	if n == 1 {
		return "1 option"
	}
	return fmt.Sprintf("%d options", n)
}

func (f *Field) checkFiles(files []Upload) string {
	switch {
	case len(files) == 0 && f.Required:
		return "Choose a file."
	case len(files) > 1 && !f.Many:
		return "Choose one file only."
	}
	for _, u := range files {
		if !accepted(f.Accept, u) {
			return fmt.Sprintf("The file %q is not of a kind that can be sent here: %s.", u.Name, f.Accept)
		}
	}
	return ""
}

// accepted reads an accept attribute: extensions, types and "image/*" (HTML, the
// accept attribute). Without one every file is accepted.
func accepted(accept string, u Upload) bool {
	some := false
	for want := range strings.SplitSeq(strings.ToLower(accept), ",") {
		want = strings.TrimSpace(want)
		if want == "" {
			continue
		}
		some = true
		mime := strings.ToLower(u.MIME)
		family, any := strings.CutSuffix(want, "/*")
		switch {
		case want == "*", want == "*/*":
			return true
		case any && strings.HasPrefix(mime, family+"/"):
			return true
		case strings.Contains(want, "/") && want == mime:
			return true
		case !strings.Contains(want, "/") && strings.TrimPrefix(want, ".") == strings.TrimPrefix(strings.ToLower(path.Ext(u.Name)), "."):
			return true
		}
	}
	return !some
}

// Item is the JSON that the answers become, as n8n's form gives it: the answers
// by their fields' names, then submittedAt and formMode.
func (f *Form) Item(a Answers, at time.Time) *value.Object {
	o := value.NewObject(len(f.Fields) + 3)
	for i := range f.Fields {
		if field := &f.Fields[i]; field.Key != "" {
			o.Set(field.Key, field.value(a.Values[ID(i)], a.Files[ID(i)]))
		}
	}
	o.Set("submittedAt", moment.ISO(at))
	o.Set("formMode", "production")
	return o
}

func (f *Field) value(values []string, files []Upload) any {
	switch {
	case f.Kind == File:
		return describe(files, f.Many)
	case f.Kind == HTML:
		return f.HTML
	case f.Kind == Checkbox, f.Kind == Dropdown && f.Many:
		list := []any{}
		for _, v := range filled(values) {
			list = append(list, v)
		}
		return list
	case len(values) == 0:
		return nil
	}
	v := values[0]
	switch f.Kind {
	case Dropdown, Radio:
		if v == "" {
			return nil
		}
	case Number:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return nil
		}
		return n
	case Text, Email:
		return strings.TrimSpace(v)
	case Date:
		if t, err := time.Parse(day, v); err == nil && f.DateFormat != "" {
			return formatDay(t, f.DateFormat)
		}
	}
	return v
}

// describe is what the JSON says of files; the files themselves are beside it.
func describe(files []Upload, many bool) any {
	if len(files) == 0 {
		return nil
	}
	list := make([]any, len(files))
	for i, u := range files {
		list[i] = value.Obj("filename", u.Name, "mimetype", u.MIME, "size", float64(u.Size))
	}
	if many {
		return list
	}
	return list[0]
}

// Property is the name under which the item has a field's file: letters, digits
// and underscores, numbered where there are several.
func (f *Field) Property(place, of int) string {
	out := make([]byte, 0, len(f.Key))
	for _, r := range f.Key {
		if r < 0x80 && (r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			out = append(out, byte(r))
		} else {
			out = append(out, '_')
		}
	}
	if of > 1 {
		return string(out) + "_" + strconv.Itoa(place)
	}
	return string(out)
}
