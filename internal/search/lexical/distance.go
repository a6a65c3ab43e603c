package lexical

// Distance is the number of edits (insert, delete, replace, swap neighbours)
// that turn a into b, or limit+1 if there are more. Both are taken as bytes:
// it is for words of the Latin alphabet.
func Distance(a, b string, limit int) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > limit || len(b) > maxWord {
		return limit + 1
	}
	// Three rows of the optimal string alignment.
	var rows [3][maxWord + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(a) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(b); i++ {
		now[0] = i
		best := i
		for j := 1; j <= len(a); j++ {
			cost := 1
			if b[i-1] == a[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && b[i-1] == a[j-2] && b[i-2] == a[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(a)], limit+1)
}

// Tolerance is the number of typing errors that a word of this length may have.
func Tolerance(word string) int {
	switch {
	case len(word) < 4:
		return 0
	case len(word) < 8:
		return 1
	}
	return 2
}

// Letters is the set of letters of a word. Each edit changes it by two bits at
// most, which rules nearly all pairs out before Distance looks at them.
func Letters(word string) uint32 {
	var m uint32
	for i := range len(word) {
		if c := word[i]; c >= 'a' && c <= 'z' {
			m |= 1 << (c - 'a')
		} else {
			m |= 1 << 31
		}
	}
	return m
}
