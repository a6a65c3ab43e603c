package usage

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/stamp"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Share is what one group of AI calls used: a model, a workflow, a day or a tenant.
type Share struct {
	Key       string
	Calls     int64
	Usage     workflow.TokenUsage // summed; Model is empty
	CostMicro int64               // millionths of a US dollar
	OwnMicro  int64               // the part of CostMicro that tenants paid themselves, with keys of their own
	// Unconfirmed are calls whose answer was lost; their estimate stands for them.
	Unconfirmed int64
}

func (s *Share) add(r Record) {
	s.Calls++
	s.Usage.Add(r.Usage)
	s.CostMicro += r.CostMicro
	if r.OwnKey {
		s.OwnMicro += r.CostMicro
	}
	if !r.Confirmed {
		s.Unconfirmed++
	}
}

// Dimension says by what calls are grouped.
type Dimension string

// The dimensions.
const (
	ByTenant   Dimension = "tenant"
	ByWorkflow Dimension = "workflow"
	ByModel    Dimension = "model"
	ByDay      Dimension = "day"
)

// of is the group of a call.
func (d Dimension) of(r Record) string {
	switch d {
	case ByTenant:
		return r.Origin.Tenant
	case ByWorkflow:
		return r.Origin.WorkflowID
	case ByModel:
		return r.Usage.Model
	default:
		return r.At.UTC().Format(time.DateOnly)
	}
}

// Costs sums up calls by a dimension. Add is not safe for concurrent use.
type Costs struct {
	by     Dimension
	groups map[string]*Share
	Total  Share
}

// NewCosts returns sums of nothing.
func NewCosts(by Dimension) *Costs { return &Costs{by: by, groups: map[string]*Share{}} }

// Add counts a call.
func (c *Costs) Add(r Record) {
	key := c.by.of(r)
	g := c.groups[key]
	if g == nil {
		g = &Share{Key: key}
		c.groups[key] = g
	}
	g.add(r)
	c.Total.add(r)
}

// Shares are the groups: days in their order, others by what they cost, the most
// expensive first.
func (c *Costs) Shares() []Share {
	out := make([]Share, 0, len(c.groups))
	for _, g := range c.groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Share) int {
		if c.by != ByDay {
			if n := cmp.Or(cmp.Compare(b.CostMicro, a.CostMicro), cmp.Compare(b.Usage.Total, a.Usage.Total)); n != 0 {
				return n
			}
		}
		return cmp.Compare(a.Key, b.Key)
	})
	return out
}

// ParsePeriod reads a month, "2006-01".
func ParsePeriod(s string) (time.Time, error) { return time.Parse("2006-01", s) }

// Dollars writes millionths of a US dollar as a decimal number with six places.
func Dollars(micro int64) string {
	sign := ""
	if micro < 0 {
		sign, micro = "-", -micro
	}
	return fmt.Sprintf("%s%d.%06d", sign, micro/1_000_000, micro%1_000_000)
}

// SharesCSV writes groups as a table; the first column has the dimension's name.
func SharesCSV(w io.Writer, by Dimension, shares []Share) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{string(by), "calls", "prompt", "completion", "cached", "total", "costUsd", "unconfirmed"})
	for _, s := range shares {
		_ = out.Write([]string{
			cell(s.Key), itoa(s.Calls), itoa(s.Usage.Prompt), itoa(s.Usage.Completion), itoa(s.Usage.Cached), itoa(s.Usage.Total),
			Dollars(s.CostMicro), itoa(s.Unconfirmed),
		})
	}
	out.Flush()
	return out.Error()
}

// recordColumns are the columns of the usage log as a table.
var recordColumns = []string{
	"time", "tenantId", "workflowId", "executionId", "nodeId", "runIndex", "item", "attempt", "model", "prompt", "completion",
	"cached", "total", "costUsd", "rule", "latencyMs", "confirmed", "ownKey", "unit", "units",
}

// Log writes the usage log as a table, a line a call.
type Log struct{ out *csv.Writer }

// NewLog writes the first line.
func NewLog(w io.Writer) *Log {
	l := &Log{csv.NewWriter(w)}
	_ = l.out.Write(recordColumns)
	return l
}

// Add writes one call.
func (l *Log) Add(r Record) {
	o := r.Origin
	_ = l.out.Write([]string{
		r.At.UTC().Format(stamp.Form), cell(o.Tenant), cell(o.WorkflowID), cell(o.ExecutionID), cell(o.NodeID),
		strconv.Itoa(o.RunIndex), strconv.Itoa(o.Item), strconv.Itoa(o.Attempt), cell(r.Usage.Model),
		itoa(r.Usage.Prompt), itoa(r.Usage.Completion), itoa(r.Usage.Cached), itoa(r.Usage.Total), Dollars(r.CostMicro), cell(r.Rule),
		itoa(r.Latency.Milliseconds()), strconv.FormatBool(r.Confirmed), strconv.FormatBool(r.OwnKey), cell(r.Units.Of), itoa(r.Units.Count),
	})
}

// Close ends the table; it returns the first error of all writes.
func (l *Log) Close() error {
	l.out.Flush()
	return l.out.Error()
}

// cell keeps a spreadsheet from taking a text for a formula: model names and node
// ids come from tenants.
func cell(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
