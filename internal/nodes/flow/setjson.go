package flow

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
	"github.com/automatelanka/automatelanka/internal/node/convert"
	"github.com/automatelanka/automatelanka/internal/value"
)

// jsonFields are the fields of the mode JSON.
func (s fieldSetter) jsonFields() (*value.Object, error) {
	written, _ := s.c.Raw("jsonOutput")
	if text, ok := written.(string); ok && strings.HasPrefix(text, "=") {
		return s.object(strings.TrimLeft(text, "="), "'JSON Output'")
	}
	v := s.r.Value("jsonOutput")
	if s.r.Err() != nil {
		return nil, s.r.Err()
	}
	return s.asObject(v, "'JSON Output'")
}

// resolvable is one {{ }} block.
var resolvable = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// object evaluates each {{ }} of hand-written JSON on its own, puts the results
// in their places and reads the whole: texts go in as they are, all else as JSON.
func (s fieldSetter) object(template, place string) (*value.Object, error) {
	text := template
	for _, block := range resolvable.FindAllString(template, -1) {
		v, ok, err := s.c.Evaluate(block, s.r.Item())
		if err != nil {
			return nil, err
		}
		with := "undefined"
		if ok {
			with = inJSON(v)
		}
		text = strings.Replace(text, block, with, 1)
	}
	return s.asObject(text, place)
}

func inJSON(v any) string {
	if v == nil {
		return "null"
	}
	return node.Text(v)
}

func (s fieldSetter) asObject(v any, place string) (*value.Object, error) {
	if text, ok := v.(string); ok {
		parsed, err := convert.Repair(text)
		if err != nil {
			return nil, node.WithDetail(node.Errorf("The %s in item %d contains invalid JSON", place, s.r.Item()), clip(text))
		}
		v = parsed
	}
	switch v := v.(type) {
	case *value.Object:
		return v, nil
	case nil:
		return nil, node.Errorf("Cannot convert undefined or null to object")
	}
	return nil, node.Errorf("The %s in item %d does not contain a valid JSON object", place, s.r.Item())
}

func describe(v any) string {
	if v == condition.Missing {
		return "'undefined'"
	}
	return convert.Describe(v)
}

func faultText(err error) string { return fault.Of(err).Message }

// clip shortens text for messages.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + fmt.Sprintf("… (%d characters)", len(s))
}
