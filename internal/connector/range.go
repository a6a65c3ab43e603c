package connector

import (
	"fmt"
	"strconv"
	"strings"
)

// Range is a text of comparisons with versions that must all hold: ">=2 <2.2"; ""
// holds for every version. A bare number means that version.
type Range string

// Has reports whether a version is in the range.
func (r Range) Has(version float64) bool {
	for part := range strings.FieldsSeq(string(r)) {
		if op, limit, err := comparison(part); err != nil || !op(version, limit) {
			return false
		}
	}
	return true
}

func (r Range) check() error {
	for part := range strings.FieldsSeq(string(r)) {
		if _, _, err := comparison(part); err != nil {
			return err
		}
	}
	return nil
}

func comparison(part string) (func(a, b float64) bool, float64, error) {
	number := strings.TrimLeft(part, "<>=")
	limit, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("%q is not a comparison with a version, such as >=2.1", part)
	}
	switch strings.TrimSuffix(part, number) {
	case ">=":
		return func(a, b float64) bool { return a >= b }, limit, nil
	case "<=":
		return func(a, b float64) bool { return a <= b }, limit, nil
	case ">":
		return func(a, b float64) bool { return a > b }, limit, nil
	case "<":
		return func(a, b float64) bool { return a < b }, limit, nil
	case "", "=":
		return func(a, b float64) bool { return a == b }, limit, nil
	}
	return nil, 0, fmt.Errorf("%q is not a comparison with a version, such as >=2.1", part)
}

// of are the versions of a list that are in the range.
func (r Range) of(versions []float64) []float64 {
	var out []float64
	for _, v := range versions {
		if r.Has(v) {
			out = append(out, v)
		}
	}
	return out
}
