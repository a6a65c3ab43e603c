// Package jsregex runs the regular expressions of a workflow's author with
// JavaScript's rules, within limits: patterns that would backtrack for ever end
// with an error.
package jsregex

import (
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// The limits of one match. n8n's own is 250 ms.
const (
	timeout    = 250 * time.Millisecond
	maxPattern = 10_000 // bytes
)

// Regexp is a compiled expression.
type Regexp struct {
	re     *regexp2.Regexp
	Global bool
}

// Compile reads a pattern with JavaScript's flags.
func Compile(pattern, flags string) (*Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fault.New(fault.Invalid, fault.CodeNodeError, "A regular expression has at most %d characters.", maxPattern)
	}
	opt := regexp2.ECMAScript
	for _, f := range flags {
		switch f {
		case 'i':
			opt |= regexp2.IgnoreCase
		case 'm':
			opt |= regexp2.Multiline
		case 's':
			opt |= regexp2.Singleline
		case 'u', 'v':
			opt |= regexp2.Unicode
		case 'g', 'y', 'd':
		default:
			return nil, fault.New(fault.Invalid, fault.CodeNodeError, "The regular expression has the unknown flag %q.", string(f))
		}
	}
	re, err := regexp2.Compile(pattern, opt)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "%q is not a valid regular expression.", pattern)
	}
	re.MatchTimeout = timeout
	return &Regexp{re: re, Global: strings.Contains(flags, "g")}, nil
}

// Literal reads "/pattern/flags", or a pattern alone.
func Literal(s string) (*Regexp, error) {
	if end := strings.LastIndexByte(s, '/'); end > 0 && s[0] == '/' && strings.Trim(s[end+1:], "gimusy") == "" {
		return Compile(s[1:end], s[end+1:])
	}
	return Compile(s, "")
}

// Match reports whether the expression is found in s.
func (r *Regexp) Match(s string) (bool, error) {
	ok, err := r.re.MatchString(s)
	return ok, limited(err)
}

// Replace replaces the first match, or with the flag g all, by JavaScript's
// replacement rules ($1, $&).
func (r *Regexp) Replace(s, with string) (string, error) {
	count := 1
	if r.Global {
		count = -1
	}
	out, err := r.re.Replace(s, with, -1, count)
	return out, limited(err)
}

func limited(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.LimitExceeded, fault.CodeNodeError, "The regular expression takes too long; simplify it.")
}
