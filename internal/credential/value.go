package credential

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// The limits of one credential.
const (
	maxName    = 128       // bytes
	maxField   = 32 << 10  // bytes of one field; keys in PEM have a few thousand
	maxFields  = 100 << 10 // bytes of all fields
	maxDomains = 50
	// MaxPerTenant is how many credentials a tenant may have.
	MaxPerTenant = 1000
)

// TextOf is a field's value as it is kept. JSON objects and lists stay JSON.
func TextOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// checkName trims a name.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", refuse("body.name", "A credential has a name of 1 to %d characters.", maxName)
	}
	return name, nil
}

func refuse(location, format string, args ...any) *fault.Error {
	f := fault.New(fault.Invalid, fault.CodeValidation, format, args...)
	f.Fields = []fault.Field{{Location: location, Message: f.Message}}
	return f
}

// checkFields refuses values that are not of the type, all of them at once. Given
// are the fields that are there, changed or kept.
func (k *Kind) checkFields(changed map[string]string, given map[string]bool) error {
	f := fault.New(fault.Invalid, fault.CodeValidation, "")
	size := 0
	bad := func(name, format string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Location: "body.fields." + name, Message: fmt.Sprintf(format, args...)})
	}
	for name, v := range changed {
		size += len(v)
		if why := k.wrong(name, v); why != "" {
			bad(name, "%s", why)
		}
	}
	shown := k.Complete(changed)
	for i := range k.Fields {
		x := &k.Fields[i]
		if x.Required && x.Default == "" && !given[x.Name] && Holds(x.Show, shown) {
			bad(x.Name, "%s is required.", x.Label)
		}
	}
	if size > maxFields {
		bad("", "The fields have %d bytes; at most %d are allowed.", size, maxFields)
	}
	if len(f.Fields) == 0 {
		return nil
	}
	slices.SortFunc(f.Fields, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
	f.Message = f.Fields[0].Location + ": " + f.Fields[0].Message
	return f
}

// wrong says what is wrong with a value; "" if nothing is.
func (k *Kind) wrong(name, v string) string {
	x := k.Field(name)
	switch {
	case x == nil && name == FieldTokenData && k.HasToken():
		return wrongJSON(v)
	case x == nil:
		return fmt.Sprintf("The type %s has no such field; it has %s.", k.Type, strings.Join(k.fieldNames(), ", "))
	case len(v) > maxField:
		return fmt.Sprintf("%s has %d bytes; at most %d are allowed.", x.Label, len(v), maxField)
	case v == "":
		return ""
	}
	switch x.Type {
	case Number:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return x.Label + " is a number."
		}
	case Boolean:
		if v != "true" && v != "false" {
			return x.Label + " is true or false."
		}
	case Choice:
		if !slices.Contains(x.Options, v) {
			return x.Label + " is one of " + strings.Join(x.Options, ", ") + "."
		}
	case JSON:
		return wrongJSON(v)
	case Text:
	}
	return ""
}

func wrongJSON(v string) string {
	if v != "" && !json.Valid([]byte(v)) {
		return "This is not JSON."
	}
	return ""
}

func (k *Kind) fieldNames() []string {
	out := make([]string, len(k.Fields))
	for i := range k.Fields {
		out[i] = k.Fields[i].Name
	}
	return out
}

// domain is a host, or all hosts below one.
var domain = regexp.MustCompile(`^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$`)

// checkDomains brings a list of hosts into form.
func checkDomains(list []string) ([]string, error) {
	if len(list) > maxDomains {
		return nil, refuse("body.allowedDomains", "At most %d domains are allowed.", maxDomains)
	}
	out := make([]string, 0, len(list))
	for _, d := range list {
		d = hostOf(strings.TrimSpace(d))
		if d != "*" && (!domain.MatchString(d) || strings.Contains(d, "..") || len(d) > 253) {
			return nil, refuse("body.allowedDomains", "%q is no host: write api.example.com, or *.example.com for all below it.", d)
		}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out, nil
}
