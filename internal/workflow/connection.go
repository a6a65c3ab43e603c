package workflow

import (
	"fmt"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// maxSlots bounds input and output numbers: a slot is memory, and no node has more.
const maxSlots = 256

// Main is the connection type of data.
const Main = "main"

// Origin is the far end of a connection as an input sees it: an output of a node.
type Origin struct {
	Node   string
	Output int
}

// Incoming returns what feeds a node's data inputs, one list per input, in the
// order of the workflow's JSON (n8n's legacy order of execution depends on it).
// The caller must not change it.
func (w *Workflow) Incoming(node string) [][]Origin { return w.incoming[node] }

// Outgoing returns the data connections of a node, one list per output.
func (w *Workflow) Outgoing(node string) [][]Target { return w.Connections[node][Main] }

// parseConnections reads {source: {type: [[{node, type, index}] | null]}}.
func (w *Workflow) parseConnections(raw *value.Object) error {
	v, given := raw.Get("connections")
	o, ok := v.(*value.Object)
	if list, isList := v.([]any); isList && len(list) == 0 {
		given = false // PHP-made exports write an empty object as []
	}
	if given && v != nil && !ok {
		return invalid("connections", "Connections are a JSON object, keyed by the name of the source node; this is "+article(v)+".")
	}
	w.Connections = make(Connections, o.Len())
	w.incoming = make(map[string][][]Origin, len(w.Nodes))
	for source, v := range o.All() {
		kinds, _ := v.(*value.Object)
		byType := make(map[string][][]Target, kinds.Len())
		for kind, v := range kinds.All() {
			slots, err := parseSlots(v, fmt.Sprintf("connections[%q].%s", source, kind))
			if err != nil {
				return err
			}
			byType[kind] = slots
			w.index(source, kind, slots)
		}
		w.Connections[source] = byType
	}
	return nil
}

// parseSlots reads the outputs of one connection type; null slots are empty.
func parseSlots(v any, at string) ([][]Target, error) {
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, invalid(at, "A list of outputs was expected, each a list of targets.")
	}
	if len(list) > maxSlots {
		return nil, invalid(at, fmt.Sprintf("A node has at most %d outputs.", maxSlots))
	}
	slots := make([][]Target, len(list))
	for i, x := range list {
		targets, _ := x.([]any)
		for j, t := range targets {
			target, err := parseTarget(t, at+"["+strconv.Itoa(i)+"]["+strconv.Itoa(j)+"]")
			if err != nil {
				return nil, err
			}
			slots[i] = append(slots[i], target)
		}
	}
	return slots, nil
}

func parseTarget(v any, at string) (Target, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return Target{}, invalid(at, "A connection's target is an object {node, type, index}.")
	}
	t := Target{Node: text(o, "node"), Type: text(o, "type")}
	if t.Type == "" {
		t.Type = Main
	}
	n, _ := number(o, "index")
	if n < 0 || n >= maxSlots {
		return Target{}, invalid(at+".index", fmt.Sprintf("The number of an input is between 0 and %d.", maxSlots-1))
	}
	t.Index = int(n)
	return t, nil
}

// index adds a source's connections to the view from their targets.
func (w *Workflow) index(source, kind string, slots [][]Target) {
	for output, targets := range slots {
		for _, t := range targets {
			if t.Type != Main || kind != Main {
				continue
			}
			in := w.incoming[t.Node]
			for len(in) <= t.Index {
				in = append(in, nil)
			}
			in[t.Index] = append(in[t.Index], Origin{Node: source, Output: output})
			w.incoming[t.Node] = in
		}
	}
}
