package walk

import (
	"container/list"
	"iter"

	"github.com/automatelanka/automatelanka/internal/workflow"
)

// readyList are the steps that were handed out and have not ended, in the order in
// which they became ready. A node runs once at a time, so it has one step at most.
// What is asked of it for each node run takes the same time however many branches
// are ready.
type readyList struct {
	steps list.List // of *Step
	of    map[*workflow.Node]*list.Element
}

func (l *readyList) add(s Step) {
	if l.of == nil {
		l.of = map[*workflow.Node]*list.Element{}
	}
	l.of[s.Node] = l.steps.PushBack(&s)
}

// find returns the step of a node's run.
func (l *readyList) find(n *workflow.Node, index int) (Step, bool) {
	if e, ok := l.of[n]; ok {
		if s := e.Value.(*Step); s.RunIndex == index {
			return *s, true
		}
	}
	return Step{}, false
}

func (l *readyList) has(n *workflow.Node) bool { return l.of[n] != nil }

func (l *readyList) remove(n *workflow.Node) {
	l.steps.Remove(l.of[n])
	delete(l.of, n)
}

func (l *readyList) len() int { return l.steps.Len() }

// all goes through the steps, which must not change meanwhile.
func (l *readyList) all() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for e := l.steps.Front(); e != nil && yield(*e.Value.(*Step)); e = e.Next() {
		}
	}
}
