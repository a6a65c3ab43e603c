package gateway

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

// route is a route key taken apart: "GET /a/{b}/{rest+}".
type route struct {
	samtemplate.Route
	method   string // ANY for all
	segments []segment
}

type segment struct {
	name   string // of a parameter, or the literal text
	param  bool
	greedy bool // takes this and all following segments
}

// rank orders segments by how exact they are.
func (s segment) rank() int {
	switch {
	case s.greedy:
		return 2
	case s.param:
		return 1
	}
	return 0
}

// newRoutes sorts routes by precedence, the most exact first: API Gateway prefers a
// full match to one with a greedy parameter, and a method to ANY. The $default
// route is returned apart, nil if there is none.
func newRoutes(all []samtemplate.Route) (sorted []route, otherwise *route) {
	for _, r := range all {
		if r.Key == "$default" {
			otherwise = &route{Route: r}
			continue
		}
		method, path, _ := strings.Cut(r.Key, " ")
		sorted = append(sorted, route{Route: r, method: method, segments: parsePath(path)})
	}
	slices.SortStableFunc(sorted, compareRoutes)
	return sorted, otherwise
}

func parsePath(path string) []segment {
	var out []segment
	for _, part := range splitPath(path) {
		name, isParam := strings.CutPrefix(part, "{")
		if !isParam {
			out = append(out, segment{name: part})
			continue
		}
		name = strings.TrimSuffix(name, "}")
		name, greedy := strings.CutSuffix(name, "+")
		out = append(out, segment{name: name, param: true, greedy: greedy})
	}
	return out
}

func splitPath(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func compareRoutes(a, b route) int {
	for i := range min(len(a.segments), len(b.segments)) {
		if d := a.segments[i].rank() - b.segments[i].rank(); d != 0 {
			return d
		}
	}
	if d := len(b.segments) - len(a.segments); d != 0 {
		return d
	}
	if (a.method == "ANY") != (b.method == "ANY") {
		if a.method == "ANY" {
			return 1
		}
		return -1
	}
	return 0
}

// match returns the parameters of a path, or false if the route is not for it.
func (r *route) match(method string, parts []string) (map[string]string, bool) {
	if r.method != "ANY" && r.method != method {
		return nil, false
	}
	var params map[string]string
	for i, s := range r.segments {
		if i >= len(parts) {
			return nil, false
		}
		if !s.param {
			if s.name != parts[i] {
				return nil, false
			}
			continue
		}
		if params == nil {
			params = map[string]string{}
		}
		if s.greedy {
			params[s.name] = strings.Join(parts[i:], "/")
			return params, true
		}
		params[s.name] = parts[i]
	}
	return params, len(parts) == len(r.segments)
}
