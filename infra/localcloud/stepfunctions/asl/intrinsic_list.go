package asl

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// maxRange is how many elements States.ArrayRange makes at most (documentation).
const maxRange = 1000

func list(v any) ([]any, error) {
	l, ok := v.([]any)
	if !ok {
		return nil, errors.New("the first argument must be an array")
	}
	return l, nil
}

// whole reads a number as the service does: rounded to the nearest integer.
func whole(v any) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%s is no number", JSON(v))
	}
	if i, ok := integer(n); ok {
		return i, nil
	}
	f := math.Floor(float(n) + 0.5)
	if math.Abs(f) > 1<<62 {
		return 0, fmt.Errorf("%s is too large", n)
	}
	return int64(f), nil
}

func arrayPartition(_ *scope, args []any) (any, error) {
	l, err := list(args[0])
	if err != nil {
		return nil, err
	}
	size, err := whole(args[1])
	if err != nil || size <= 0 {
		return nil, errors.New("the chunk size must be a positive integer")
	}
	out := []any{}
	for len(l) > 0 {
		n := min(int64(len(l)), size)
		out, l = append(out, l[:n:n]), l[n:]
	}
	return out, nil
}

func arrayContains(_ *scope, args []any) (any, error) {
	l, err := list(args[0])
	if err != nil {
		return nil, err
	}
	for _, x := range l {
		if Equal(x, args[1]) {
			return true, nil
		}
	}
	return false, nil
}

func arrayRange(_ *scope, args []any) (any, error) {
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = whole(args[i]); err != nil {
			return nil, err
		}
	}
	first, last, step := n[0], n[1], n[2]
	if step == 0 {
		return nil, errors.New("the step must not be 0")
	}
	out := []any{}
	for i := first; (step > 0 && i <= last) || (step < 0 && i >= last); i += step {
		if len(out) == maxRange {
			return nil, fmt.Errorf("the range has more than %d elements", maxRange)
		}
		out = append(out, Number(i))
	}
	return out, nil
}

func arrayGetItem(_ *scope, args []any) (any, error) {
	l, err := list(args[0])
	if err != nil {
		return nil, err
	}
	i, err := whole(args[1])
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= int64(len(l)) {
		return nil, fmt.Errorf("the index %d is out of bounds of an array of %d elements", i, len(l))
	}
	return l[i], nil
}

func arrayLength(_ *scope, args []any) (any, error) {
	l, err := list(args[0])
	return Number(int64(len(l))), err
}

func arrayUnique(_ *scope, args []any) (any, error) {
	l, err := list(args[0])
	if err != nil {
		return nil, err
	}
	out := []any{}
	seen := map[string]bool{} // scalars by their text, so that long lists of ids are quick
next:
	for _, x := range l {
		switch x.(type) {
		case string, bool, nil:
			k := string(JSON(x))
			if seen[k] {
				continue
			}
			seen[k] = true
		default:
			for _, y := range out {
				if Equal(x, y) {
					continue next
				}
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// mathAdd adds two integers; others are rounded first, as seen on the service.
func mathAdd(_ *scope, args []any) (any, error) {
	a, err := whole(args[0])
	if err != nil {
		return nil, err
	}
	b, err := whole(args[1])
	if err != nil {
		return nil, err
	}
	if (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b) {
		return nil, errors.New("the sum is too large")
	}
	return Number(a + b), nil
}

// mathRandom gives an integer in [first, last), the same for the same seed.
func mathRandom(s *scope, args []any) (any, error) {
	first, err := whole(args[0])
	if err != nil {
		return nil, err
	}
	last, err := whole(args[1])
	if err != nil {
		return nil, err
	}
	if last <= first || last-first < 0 {
		return nil, errors.New("the end must be greater than the start")
	}
	var r *rand.Rand
	if len(args) == 3 {
		seed, err := whole(args[2])
		if err != nil {
			return nil, err
		}
		r = rand.New(rand.NewPCG(uint64(seed), 0))
	} else {
		r = s.thread.run.random()
	}
	return Number(first + r.Int64N(last-first)), nil
}

// uuid makes a version 4 UUID from the run's own chance, so that a replay repeats it.
func (r *Run) uuid() string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], r.random().Uint64())
	binary.BigEndian.PutUint64(raw[8:], r.random().Uint64())
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	text := make([]byte, 0, 36)
	for i, cut := range [...]int{0, 4, 6, 8, 10} {
		if i > 0 {
			text = append(text, '-')
		}
		end := [...]int{4, 6, 8, 10, 16}[i]
		text = hex.AppendEncode(text, raw[cut:end])
	}
	return string(text)
}
