package order_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/infra/localcloud/order"
)

type job struct {
	order.Place
	due int
}

// TestHeapServesTheEarliest puts, moves and removes at random, and compares with a
// search through all.
func TestHeapServesTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := order.New(func(a, b *job) bool { return a.due < b.due })
		jobs := make([]*job, 8)
		for i := range jobs {
			jobs[i] = &job{}
		}
		in := map[*job]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				j := rapid.SampledFrom(jobs).Draw(t, "job")
				j.due = rapid.IntRange(0, 5).Draw(t, "due")
				h.Put(j)
				in[j] = true
			},
			"remove": func(t *rapid.T) {
				j := rapid.SampledFrom(jobs).Draw(t, "job")
				h.Remove(j)
				delete(in, j)
			},
			"": func(t *rapid.T) {
				first, ok := h.First()
				if ok != (len(in) > 0) || h.Len() != len(in) || ok && !in[first] {
					t.Fatalf("%d elements instead of %d, first %v", h.Len(), len(in), ok)
				}
				for _, j := range jobs {
					if j.Placed() != in[j] || in[j] && j.due < first.due {
						t.Fatalf("placed %v, in the heap %v, due %d, first %d", j.Placed(), in[j], j.due, first.due)
					}
				}
			},
		})
	})
}
