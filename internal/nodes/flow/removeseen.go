package flow

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The operations of Remove Duplicates that look into earlier runs.
const (
	removeSeen   = "removeItemsSeenInPreviousExecutions"
	clearHistory = "clearDeduplicationHistory"
)

// defaultHistory is how many values are remembered where nothing else is set.
const defaultHistory = 10_000

// removeDuplicatesFamily sends what needs the store of what was seen to where it is.
func removeDuplicatesFamily(n *workflow.Node) node.Family {
	op, _ := value.Path(n.Parameters, "operation")
	if n.TypeVersion >= 2 && (op == removeSeen || op == clearHistory) {
		return node.Data
	}
	return node.Pure
}

// scopeOf is whose history the node looks into.
func scopeOf(c *node.Call, r *node.Reader) (dedupe.Scope, error) {
	s := dedupe.Scope{Tenant: ident.Tenant(c.Run.Tenant), Workflow: ident.Workflow(c.Run.WorkflowID)}
	switch scope := r.String("options.scope", "node"); scope {
	case "workflow":
	case "node": // by its id, which stays when it is renamed
		if s.Node = c.Node.ID; s.Node == "" {
			s.Node = c.Node.Name
		}
	default:
		return s, node.Errorf("The scope '%s' is not supported. Please select either \"node\" or \"workflow\".", scope)
	}
	return s, r.Err()
}

// logic is how one setting of "Keep Items Where" reads the values of items.
type logic struct {
	parameter string
	mode      dedupe.Mode
	read      func(v any, zone *time.Location) (dedupe.Value, error)
}

var logics = map[string]logic{
	"removeItemsWithAlreadySeenKeyValues": {"dedupeValue", dedupe.Entries, func(v any, _ *time.Location) (dedupe.Value, error) {
		return dedupe.Value{Text: dedupeText(v)}, nil
	}},
	"removeItemsUpToStoredIncrementalKey": {"incrementalDedupeValue", dedupe.Number, func(v any, _ *time.Location) (dedupe.Value, error) {
		if dedupeText(v) == "" {
			return dedupe.Value{}, noValue()
		}
		n := node.ToNumber(v)
		if math.IsNaN(n) {
			return dedupe.Value{}, node.Errorf("The value '%s' is not a number. Please provide a number.", node.JSString(v))
		}
		return dedupe.Value{Text: value.FormatNumber(n), Number: n}, nil
	}},
	"removeItemsUpToStoredDate": {"dateDedupeValue", dedupe.Date, func(v any, zone *time.Location) (dedupe.Value, error) {
		text := dedupeText(v)
		if text == "" {
			return dedupe.Value{}, noValue()
		}
		at, ok := moment.Parse(text, zone)
		if !ok {
			return dedupe.Value{}, node.Errorf("The value '%s' is not a valid date. Please provide a valid date.", text)
		}
		return dedupe.Value{Text: text, Number: float64(at.UnixMilli())}, nil
	}},
}

// dedupeText is v?.toString() ?? ”.
func dedupeText(v any) string {
	if v == nil {
		return ""
	}
	return node.JSString(v)
}

func noValue() error {
	return node.Errorf("The `Value to Dedupe On` is empty. Please provide a value.")
}

// unseen keeps the items whose values no earlier run had.
func unseen(ctx context.Context, c *node.Call) ([]workflow.Item, error) {
	r := c.At(0)
	name := r.String("logic", "removeItemsWithAlreadySeenKeyValues")
	l, ok := logics[name]
	if !ok {
		return nil, node.Errorf("The setting %q of \"Keep Items Where\" is not known.", name)
	}
	scope, err := scopeOf(c, r)
	if err != nil {
		return nil, err
	}
	values, holders, err := grouped(c, l)
	if err != nil {
		return nil, err
	}
	most := min(r.Int("options.historySize", defaultHistory), dedupe.MaxHistory)
	isNew, first, err := c.Services.Seen.New(ctx, dedupe.Check{
		Scope: scope, Op: c.Key(-1), Mode: l.mode, Values: values, Items: len(c.Items()), Max: most,
	})
	if err != nil {
		return nil, err
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	if l.mode != dedupe.Entries && !first { // n8n compares in the order of the values
		slices.SortStableFunc(order, func(a, b int) int {
			if values[a].Number > values[b].Number {
				return 1
			}
			return -1
		})
	}
	kept := []workflow.Item{}
	for _, i := range order {
		if isNew[i] {
			kept = append(kept, holders[i]...)
		}
	}
	return kept, r.Err()
}

// grouped are the different values of the items, in the order of a JavaScript
// object's keys, and the items that have each.
func grouped(c *node.Call, l logic) ([]dedupe.Value, [][]workflow.Item, error) {
	places := value.NewObject(len(c.Items()))
	var values []dedupe.Value
	var holders [][]workflow.Item
	zone, ok := moment.Zone(c.Run.Timezone)
	if !ok {
		zone = time.UTC
	}
	for i, it := range c.Items() {
		r := c.At(i)
		v, err := l.read(r.Value(l.parameter), zone)
		if r.Err() != nil {
			err = r.Err()
		}
		if err != nil {
			return nil, nil, node.AtItem(i, err)
		}
		at, ok := places.Get(v.Text)
		if !ok {
			at = float64(len(values))
			places.Set(v.Text, at)
			values, holders = append(values, v), append(holders, nil)
		}
		n := int(at.(float64))
		it.Paired = []workflow.Paired{{Item: i}}
		holders[n] = append(holders[n], it)
	}
	orderedValues, orderedHolders := make([]dedupe.Value, 0, len(values)), make([][]workflow.Item, 0, len(values))
	for _, at := range places.All() {
		n := int(at.(float64))
		orderedValues, orderedHolders = append(orderedValues, values[n]), append(orderedHolders, holders[n])
	}
	return orderedValues, orderedHolders, nil
}

// runSeen runs the operations that look into earlier runs.
func runSeen(ctx context.Context, c *node.Call, op string) (node.Result, error) {
	if c.Services.Seen == nil {
		return node.Result{}, fault.New(fault.Internal, fault.CodeInternal, "The node %q cannot reach what earlier runs had in this function.", c.Node.Name)
	}
	if op == clearHistory {
		r := c.At(0)
		scope, err := scopeOf(c, r)
		if err == nil && r.String("mode", "cleanDatabase") == "cleanDatabase" {
			err = c.Services.Seen.Clear(ctx, scope, c.Key(-1))
		}
		return one(c.Items(), err)
	}
	kept, err := unseen(ctx, c)
	if err != nil && c.Continues() && !fault.Of(err).Stops() {
		kept, err = []workflow.Item{{JSON: c.Items()[0].JSON, Error: fault.Of(err).Message}}, nil
	}
	return one(kept, err)
}
