package asl

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// The defaults of Retry (specification of the language, "Retrying after error").
const (
	defaultInterval = 1
	defaultAttempts = 3
	defaultBackoff  = 2.0
)

func (p *parser) policies(f *fields, s *state) {
	retry := f.objects("Retry")
	for i, o := range retry {
		s.retry = append(s.retry, p.retrier(o, indexed(f.at+"/Retry", i), i == len(retry)-1))
	}
	catch := f.objects("Catch")
	for i, o := range catch {
		at := indexed(f.at+"/Catch", i)
		c := p.fields(o, at, "ErrorEquals", "Next", "ResultPath", "Comment")
		k := catcher{errors: p.errorEquals(c, i == len(catch)-1)}
		k.resultPath, k.discard = c.referencePath("ResultPath")
		if k.nextName, _ = c.text("Next"); k.nextName == "" {
			p.d.add(at, "These fields are required: [Next]")
		}
		s.catch = append(s.catch, k)
	}
}

func (p *parser) retrier(o *value.Object, at string, last bool) retrier {
	f := p.fields(o, at, "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment")
	r := retrier{errors: p.errorEquals(f, last), interval: defaultInterval, attempts: defaultAttempts, backoff: defaultBackoff}
	if n, ok := f.integer("IntervalSeconds", 1, maxSeconds); ok {
		r.interval = float64(n)
	}
	if n, ok := f.integer("MaxAttempts", 0, maxSeconds); ok {
		r.attempts = int(n)
	}
	if n, ok := f.number("BackoffRate"); ok {
		if r.backoff = n; n < 1 {
			f.fail("BackoffRate", "Value is out of range: it must be at least 1.0")
		}
	}
	if n, ok := f.integer("MaxDelaySeconds", 1, maxDelaySeconds-1); ok {
		if r.maxDelay = float64(n); r.maxDelay <= r.interval {
			f.fail("MaxDelaySeconds", "MaxDelaySeconds must be greater than IntervalSeconds")
		}
	}
	if j, ok := f.text("JitterStrategy"); ok {
		if r.jitter = j == "FULL"; j != "FULL" && j != "NONE" {
			f.fail("JitterStrategy", "Value should be one of the following: [FULL, NONE]")
		}
	}
	return r
}

func (p *parser) errorEquals(f *fields, last bool) []string {
	v, ok := f.o.Get("ErrorEquals")
	l, isList := v.([]any)
	if !ok || !isList || len(l) == 0 {
		p.d.add(f.at, "These fields are required: [ErrorEquals], a list of at least one error name")
		return nil
	}
	var out []string
	for i, x := range l {
		name, isText := x.(string)
		at := indexed(f.at+"/ErrorEquals", i)
		switch {
		case !isText || name == "":
			p.d.add(at, "Expected value of type [STRING]")
		case name == ErrAll && (len(l) > 1 || !last):
			p.d.add(at, "States.ALL must appear alone, and in the last element of the list")
		case strings.HasPrefix(name, "States.") && !slices.Contains(reservedErrors, name):
			p.d.add(at, "'%s' is none of the predefined error names, and names that begin with 'States.' are reserved", name)
		}
		out = append(out, name)
	}
	return out
}
