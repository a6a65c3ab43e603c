package oversight

import (
	"cmp"
	"context"
	"encoding/hex"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// What differs between two failures of one cause: what is quoted, addresses, ids
// and numbers.
var (
	quoted  = regexp.MustCompile(`"[^"]*"|'[^']*'|` + "`[^`]*`" + `|“[^”]*”`)
	address = regexp.MustCompile(`[a-z][a-z0-9+.-]*://[^\s)]+|\b[\w.-]+@[\w.-]+\b`)
	opaque  = regexp.MustCompile(`\b(?:[a-z]+_)?[0-9a-f-]{16,}\b|\b[a-z]+_[0-9a-z]{26}\b`)
	number  = regexp.MustCompile(`\d+(?:[.,:]\d+)*`)
	blanks  = regexp.MustCompile(`\s+`)
)

// maxPattern is how much of a message counts, in bytes.
const maxPattern = 300

// Pattern is a message without what differs from case to case.
func Pattern(message string) string {
	s := strings.ToLower(message)
	s = cut(s, 2*maxPattern)
	s = address.ReplaceAllString(quoted.ReplaceAllString(s, "…"), "…")
	s = number.ReplaceAllString(opaque.ReplaceAllString(s, "…"), "#")
	s = strings.TrimSpace(blanks.ReplaceAllString(s, " "))
	return cut(s, maxPattern)
}

// cut is the beginning of s, in whole characters.
func cut(s string, size int) string {
	return strings.ToValidUTF8(s[:min(len(s), size)], "")
}

// Fingerprint is the same for failures of one cause: code, node type and the
// message's pattern. It has 16 letters.
func Fingerprint(f execution.Failure) string {
	h := fnv.New64a()
	for _, part := range []string{string(f.Code), f.Type, Pattern(f.Message)} {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Group is the failures of one cause.
type Group struct {
	Fingerprint string
	Code        fault.Code
	NodeType    string
	Sample      execution.Failure // of the last one
	SampleRef   execution.Ref
	Count       int64
	Tenants     int
	First, Last time.Time
	// Days counts them by day (UTC), "2006-01-02".
	Days map[string]int64
}

// Groups are the failures of a time. Complete is false if there were too many to
// look at all of them; then the oldest are missing.
type Groups struct {
	Items    []Group // the most frequent
	Distinct int     // how many causes there are
	Looked   int     // how many failures were counted
	Complete bool
}

const (
	// maxGrouped is how many failures are grouped at most.
	maxGrouped = 250_000
	// maxGroups is how many causes are told.
	maxGroups = 200
)

// Errors groups failures by their cause, the most frequent first.
func (o *Office) Errors(ctx context.Context, f Filter) (Groups, error) {
	q := f.query(o.span(f.Since, f.Until))
	q.Brief = true
	type tally struct {
		Group
		tenants map[ident.Tenant]bool
		last    Failed
	}
	by := map[string]*tally{}
	out := Groups{Complete: true}
	err := o.Index.Failed(ctx, q, func(x Failed) bool {
		if out.Looked == maxGrouped {
			out.Complete = false
			return false
		}
		out.Looked++
		g := by[x.Fingerprint]
		if g == nil {
			g = &tally{Group: Group{Fingerprint: x.Fingerprint, Last: x.At, Days: map[string]int64{}}, tenants: map[ident.Tenant]bool{}, last: x}
			by[x.Fingerprint] = g
		}
		g.Count++
		g.First = x.At
		g.tenants[x.Tenant] = true
		g.Days[x.At.Format(time.DateOnly)]++
		return true
	})
	if err != nil {
		return out, err
	}
	for _, g := range by {
		g.Tenants, g.SampleRef = len(g.tenants), g.last.Ref
		out.Items = append(out.Items, g.Group)
	}
	out.Distinct = len(out.Items)
	slices.SortFunc(out.Items, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	out.Items = out.Items[:min(len(out.Items), maxGroups)]
	return out, o.sample(ctx, q, out.Items)
}

// sample reads the last failure of each group.
func (o *Office) sample(ctx context.Context, q FailedQuery, groups []Group) error {
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(atOnce)
	for i := range groups {
		g := &groups[i]
		eg.Go(func() error {
			q := q
			q.Brief, q.Fingerprint, q.Until = false, g.Fingerprint, g.Last.Add(time.Millisecond)
			return o.Index.Failed(ctx, q, func(x Failed) bool {
				g.Sample, g.Code, g.NodeType, g.SampleRef = x.Failure, x.Failure.Code, x.Failure.Type, x.Ref
				return false
			})
		})
	}
	return eg.Wait()
}
