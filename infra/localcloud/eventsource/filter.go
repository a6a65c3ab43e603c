package eventsource

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/sqs"
)

// Filter is a mapping's FilterCriteria: an event passes if one pattern matches. The
// zero Filter passes everything.
type Filter struct {
	patterns []*pattern
}

// NewFilter reads the patterns of a mapping.
func NewFilter(patterns []json.RawMessage) (Filter, error) {
	var f Filter
	for _, raw := range patterns {
		p, err := parsePattern(raw)
		if err != nil {
			return Filter{}, err
		}
		f.patterns = append(f.patterns, p)
	}
	return f, nil
}

func (f Filter) matches(v any) bool {
	if len(f.patterns) == 0 {
		return true
	}
	for _, p := range f.patterns {
		if p.matches(v, true) {
			return true
		}
	}
	return false
}

// matchesMessage judges a queue's message. Its body is compared as JSON if the
// pattern has an object for it, and then a body that is no JSON does not match; it
// is compared as text otherwise (Lambda, event filtering with SQS).
func (f Filter) matchesMessage(m sqs.Received) bool {
	if len(f.patterns) == 0 {
		return true
	}
	attributes := map[string]any{}
	for name, a := range m.Attributes {
		attributes[name] = map[string]any{"stringValue": a.Text, "dataType": a.DataType}
	}
	system := map[string]any{}
	for name, v := range m.System() {
		system[name] = v
	}
	event := map[string]any{"messageId": m.MessageID, "attributes": system, "messageAttributes": attributes}
	var parsed any
	isJSON := json.Unmarshal([]byte(m.Body), &parsed) == nil
	for _, p := range f.patterns {
		body, wanted := p.fields["body"]
		event["body"] = m.Body
		if wanted && body.tests == nil {
			if !isJSON {
				continue
			}
			event["body"] = parsed
		}
		if p.matches(event, true) {
			return true
		}
	}
	return false
}

// onKeys reports whether the patterns look at nothing of a stream's record but its
// kind and its keys: then most records are judged without being written out.
func (f Filter) onKeys() bool {
	for _, p := range f.patterns {
		change := p.fields["dynamodb"]
		if len(p.any) > 0 || change == nil || !only(p, "eventName", "dynamodb") || !only(change, "Keys") || len(change.any) > 0 {
			return false
		}
	}
	return len(f.patterns) > 0
}

// only reports whether a pattern has no other fields than these.
func only(p *pattern, names ...string) bool {
	for name := range p.fields {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return p.tests == nil
}

// matchesKeys judges a record by what onKeys allows.
func (f Filter) matchesKeys(r *dynamodb.Record) bool {
	keys := make(map[string]any, len(r.Keys))
	for _, k := range r.Keys {
		text := k.Value.Str // of a text or a number
		if k.Value.Kind == attr.Binary {
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
		keys[k.Name] = map[string]any{k.Value.Kind.String(): text}
	}
	return f.matches(map[string]any{"eventName": r.Event, "dynamodb": map[string]any{"Keys": keys}})
}
