package cloudwatch

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// directive says which members of a line are metrics, and which their dimensions
// (CloudWatch, embedded metric format, MetricDirective).
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []struct{ Name, Unit string }
}

// mark is in every line with metrics.
var mark = []byte(`"_aws":`)

// Write takes one line that a function logged; lines without metrics are passed over.
func (s *Service) Write(line []byte) (int, error) {
	if !bytes.Contains(line, mark) {
		return len(line), nil
	}
	values, err := s.extract(line)
	if err != nil {
		s.opts.Failed(fmt.Errorf("cloudwatch: a log line's metrics cannot be read: %w", err))
		return len(line), nil
	}
	s.Put(values...)
	return len(line), nil
}

// members are a line's members, as they stand there.
type members []struct {
	name  string
	value jsontext.Value
}

func (m members) get(name string) (jsontext.Value, bool) {
	for _, x := range m {
		if x.name == name {
			return x.value, true
		}
	}
	return nil, false
}

func membersOf(line []byte) (members, error) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	out := make(members, 0, 24)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		text := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		out = append(out, struct {
			name  string
			value jsontext.Value
		}{text, value.Clone()})
	}
	return out, nil
}

func (s *Service) extract(line []byte) ([]Value, error) {
	all, err := membersOf(line)
	if err != nil {
		return nil, err
	}
	meta, _ := all.get("_aws")
	directives, err := s.directivesOf(meta)
	if err != nil {
		return nil, err
	}
	var out []Value
	for _, d := range directives {
		for _, set := range d.Dimensions {
			m := Metric{Namespace: d.Namespace}
			if m.Dimension, m.Value, err = dimensionOf(all, set); err != nil {
				return nil, err
			}
			for _, x := range d.Metrics {
				m.Name = x.Name
				raw, ok := all.get(x.Name)
				if !ok {
					return nil, fmt.Errorf("the metric %s has no value", x.Name)
				}
				v := Value{Metric: m}
				if err := json.Unmarshal(raw, &v.Value); err != nil {
					return nil, fmt.Errorf("the metric %s: %w", x.Name, err)
				}
				out = append(out, v)
			}
		}
	}
	return out, nil
}

func dimensionOf(all members, set []string) (name, value string, err error) {
	switch len(set) {
	case 0:
		return "", "", nil
	case 1:
		raw, ok := all.get(set[0])
		if !ok {
			return "", "", fmt.Errorf("the dimension %s has no value", set[0])
		}
		err = json.Unmarshal(raw, &value)
		return set[0], value, err
	}
	return "", "", fmt.Errorf("the local cloud does not support metrics with %d dimensions", len(set))
}

// directivesOf reads the line's metadata; there are few different ones, so each is
// read once.
func (s *Service) directivesOf(meta jsontext.Value) ([]directive, error) {
	var m struct{ CloudWatchMetrics json.RawMessage }
	if err := json.Unmarshal(meta, &m); err != nil {
		return nil, err
	}
	s.mu.Lock()
	known, ok := s.directives[string(m.CloudWatchMetrics)]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	var out []directive
	if err := json.Unmarshal(m.CloudWatchMetrics, &out); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.directives[string(m.CloudWatchMetrics)] = out
	return out, nil
}
