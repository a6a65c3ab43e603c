package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxProblems bounds the list; a broken export can have thousands.
const maxProblems = 100

// Problems are what would make a run fail once it gets there: doubled names,
// connections that lead nowhere, cycles that never end. A workflow with problems
// can be imported, shown and mended.
func (w *Workflow) Problems() []fault.Field { return w.problems }

// Validate is Problems as an error (fault.Invalid), or nil: for those who write a
// workflow anew, against those who bring one along.
func (w *Workflow) Validate() error {
	if len(w.problems) == 0 {
		return nil
	}
	first := w.problems[0]
	e := fault.New(fault.Invalid, fault.CodeValidation, "%s: %s", first.Location, first.Message)
	if more := len(w.problems) - 1; more > 0 {
		e.Message += " (and " + strconv.Itoa(more) + " more)"
	}
	e.Fields = w.problems
	return e
}

// Twins returns the places ("nodes[2]") of the nodes of that name, nil if it is unique.
func (w *Workflow) Twins(name string) []string {
	var places []string
	for i, n := range w.Nodes {
		if n.Name == name {
			places = append(places, "nodes["+strconv.Itoa(i)+"]")
		}
	}
	if len(places) < 2 {
		return nil
	}
	return places
}

func (w *Workflow) check() []fault.Field {
	p := w.checkNodes(nil)
	p = w.checkConnections(p)
	p = w.checkCycles(p)
	return p[:min(len(p), maxProblems)]
}

func (w *Workflow) checkNodes(p []fault.Field) []fault.Field {
	first := make(map[string]int, len(w.Nodes))
	for i, n := range w.Nodes {
		at := "nodes[" + strconv.Itoa(i) + "]"
		if n.Name == "" {
			p = append(p, fault.Field{Location: at + ".name", Message: "Give the node a name; connections refer to it."})
		}
		if n.Type == "" {
			p = append(p, fault.Field{Location: at + ".type", Message: "Give the node a type, for example \"n8n-nodes-base.set\"."})
		}
		if j, ok := first[n.Name]; ok && n.Name != "" {
			p = append(p, fault.Field{Location: at + ".name", Message: fmt.Sprintf(
				"The name %q is taken by nodes[%d]. Rename one of them; connections refer to nodes by name.", n.Name, j)})
			continue
		}
		first[n.Name] = i
	}
	return p
}

// checkConnections walks in the order of the JSON, so that the list is stable.
func (w *Workflow) checkConnections(p []fault.Field) []fault.Field {
	for _, source := range w.sources() {
		if w.byName[source] == nil {
			p = append(p, fault.Field{Location: fmt.Sprintf("connections[%q]", source), Message: fmt.Sprintf(
				"There is no node %q%s. Remove the connection or add the node.", source, w.idHint(source))})
		}
		for _, kind := range sortedKeys(w.Connections[source]) {
			for i, targets := range w.Connections[source][kind] {
				for j, t := range targets {
					if w.byName[t.Node] == nil {
						p = append(p, fault.Field{Location: fmt.Sprintf("connections[%q].%s[%d][%d].node", source, kind, i, j), Message: fmt.Sprintf(
							"There is no node %q%s. Remove the connection or add the node.", t.Node, w.idHint(t.Node))})
					}
				}
			}
		}
		if len(p) > maxProblems {
			break
		}
	}
	return p
}

// idHint helps those whose tool connected nodes by id.
func (w *Workflow) idHint(name string) string {
	for _, n := range w.Nodes {
		if n.ID == name && name != "" {
			return fmt.Sprintf(" (it is the id of %q; connections go by name)", n.Name)
		}
	}
	return ""
}

func (w *Workflow) sources() []string {
	o, _ := field[*value.Object](w.Raw, "connections")
	return o.Keys()
}

func (w *Workflow) checkCycles(p []fault.Field) []fault.Field {
	for _, cycle := range w.endlessCycles() {
		p = append(p, fault.Field{Location: fmt.Sprintf("nodes[%d]", slices.Index(w.Nodes, w.byName[cycle[0]])), Message: "The nodes " +
			quoted(cycle) + " form a cycle that never ends. Add an If, Switch, Filter or Loop Over Items node that leads out of it, or remove a connection."})
	}
	return p
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	return strings.Join(q, " → ")
}
