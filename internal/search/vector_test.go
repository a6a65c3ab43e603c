package search_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
)

func randomVector(r *rand.Rand) []float32 {
	v := make([]float32, search.Dimension)
	var sum float64
	for i := range v {
		v[i] = float32(r.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestPackKeepsTheDirection(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		v := randomVector(r)
		p, err := search.Pack(v)
		if err != nil {
			t.Fatal(err)
		}
		if c := dot(v, p); c < 0.9999 {
			t.Fatalf("cosine %.6f after packing, want 0.9999", c)
		}
		if l := dot(p, p); math.Abs(l-1) > 1e-5 {
			t.Fatalf("squared length %.6f after packing, want 1", l)
		}
	}
}

func TestPackRefuses(t *testing.T) {
	zero, short := make([]float32, search.Dimension), make([]float32, 3)
	nan := make([]float32, search.Dimension)
	nan[7] = float32(math.NaN())
	for name, v := range map[string][]float32{"zero": zero, "short": short, "not a number": nan} {
		if _, err := search.Pack(v); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestDots(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	query := randomVector(r)
	for n := range 10 {
		var matrix []float32
		var want []float64
		for range n {
			v := randomVector(r)
			matrix = append(matrix, v...)
			want = append(want, dot(query, v))
		}
		got := make([]float32, n)
		search.Dots(query, matrix, got)
		for i := range want {
			if math.Abs(want[i]-float64(got[i])) > 1e-5 {
				t.Errorf("row %d of %d: %v, want %v", i, n, got[i], want[i])
			}
		}
	}
}
