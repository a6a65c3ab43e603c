package flow

import (
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/condition"
)

// shortSort is the length up to which V8 sorts by binary insertion.
const shortSort = 64

// jsSort sorts as JavaScript's Array.sort does in V8: stably, and for comparers
// that contradict themselves (n8n's do, with missing fields) short lists come
// out in the same order too.
func jsSort[T any](list []T, compare func(a, b T) int) {
	if len(list) >= shortSort {
		slices.SortStableFunc(list, compare)
		return
	}
	for i := runLength(list, compare); i < len(list); i++ {
		pivot := list[i]
		left, right := 0, i
		for left < right {
			mid := (left + right) / 2
			if compare(pivot, list[mid]) < 0 {
				right = mid
			} else {
				left = mid + 1
			}
		}
		copy(list[left+1:i+1], list[left:i])
		list[left] = pivot
	}
}

// runLength finds the run that a list begins with; a descending one is reversed.
func runLength[T any](list []T, compare func(a, b T) int) int {
	if len(list) < 2 {
		return len(list)
	}
	n := 2
	descending := compare(list[1], list[0]) < 0
	for n < len(list) && (compare(list[n], list[n-1]) < 0) == descending {
		n++
	}
	if descending {
		slices.Reverse(list[:n])
	}
	return n
}

// lessThan orders as lodash does, by which n8n sorts: texts by their characters,
// all else as numbers; Missing is undefined.
func lessThan(a, b any) bool {
	if a == condition.Missing || b == condition.Missing {
		return false
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return s < t
		}
	}
	return node.ToNumber(a) < node.ToNumber(b)
}
