// Package order keeps what has to be served next in front: a binary heap whose
// elements know their place, so that they can be moved and taken out.
package order

import "container/heap"

// Place is where an element stands; elements embed it. The zero Place is in no heap,
// and an element can be in one heap alone.
type Place struct{ at int } // from 1

// Placed reports whether the element is in a heap.
func (p *Place) Placed() bool { return p.at > 0 }

func (p *Place) place() *Place { return p }

// Element is what embeds a Place.
type Element interface {
	comparable
	place() *Place
}

// Heap is ready for use as New gives it. It is not safe for concurrent use.
type Heap[T Element] struct{ l list[T] }

// New returns an empty heap in which a is served before b if before(a, b).
func New[T Element](before func(a, b T) bool) Heap[T] { return Heap[T]{list[T]{before: before}} }

// Len returns the number of elements.
func (h *Heap[T]) Len() int { return len(h.l.all) }

// First returns the element to be served next, and false if there is none.
func (h *Heap[T]) First() (x T, ok bool) {
	if len(h.l.all) == 0 {
		return x, false
	}
	return h.l.all[0], true
}

// Put adds x, or moves it to where it belongs now.
func (h *Heap[T]) Put(x T) {
	if at := x.place().at; at > 0 {
		heap.Fix(&h.l, at-1)
		return
	}
	heap.Push(&h.l, x)
}

// Remove takes x out, if it is there.
func (h *Heap[T]) Remove(x T) {
	if at := x.place().at; at > 0 {
		heap.Remove(&h.l, at-1)
	}
}

// list is the heap as the standard library wants it.
type list[T Element] struct {
	all    []T
	before func(a, b T) bool
}

func (l *list[T]) Len() int           { return len(l.all) }
func (l *list[T]) Less(i, j int) bool { return l.before(l.all[i], l.all[j]) }

func (l *list[T]) Swap(i, j int) {
	l.all[i], l.all[j] = l.all[j], l.all[i]
	l.all[i].place().at, l.all[j].place().at = i+1, j+1
}

func (l *list[T]) Push(x any) {
	l.all = append(l.all, x.(T))
	x.(T).place().at = len(l.all)
}

func (l *list[T]) Pop() any {
	last := len(l.all) - 1
	x := l.all[last]
	clear(l.all[last:])
	l.all = l.all[:last]
	x.place().at = 0
	return x
}
