package attr

// MaxItemSize is the largest item, in bytes of Size.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const MaxItemSize = 400 << 10

// overhead of a list or map, in bytes; each element has one more.
const containerOverhead = 3

// Size returns the item's size in bytes as DynamoDB counts it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (it Item) Size() int {
	n := 0
	for i := range it {
		n += len(it[i].Name) + it[i].Value.Size()
	}
	return n
}

// Size returns the value's size in bytes as DynamoDB counts it.
func (v *Value) Size() int {
	switch v.Kind {
	case String, Binary:
		return len(v.Str)
	case Number:
		return numberSize(v.Str)
	case Bool, Null:
		return 1
	}
	n := 0
	for i := range v.Kids {
		n += len(v.Kids[i].Name) + v.Kids[i].Value.Size()
	}
	if v.Kind == List || v.Kind == Map {
		n += containerOverhead + len(v.Kids)
	}
	return n
}

// numberSize is a byte for each two significant digits, one for the exponent, and one for a minus.
func numberSize(text string) int {
	digits, size := 0, 1
	lead, zeros := true, 0 // zeros counts those since the last other digit
	for i := range len(text) {
		switch c := text[i]; {
		case c == '-':
			size++
		case c == '.':
		case c == '0':
			if !lead {
				zeros++
			}
		default:
			digits += zeros + 1
			lead, zeros = false, 0
		}
	}
	return size + (digits+1)/2
}

// Count returns what the function size() gives: bytes of a string or binary,
// elements of a list, map or set; ok is false for other types.
func (v *Value) Count() (n int, ok bool) {
	switch v.Kind {
	case String, Binary:
		return len(v.Str), true
	case List, Map, StringSet, NumberSet, BinarySet:
		return len(v.Kids), true
	}
	return 0, false
}

// Depth returns how deep the item's values are nested; a scalar attribute is 1.
func (it Item) Depth() int { return depth(it) }

func depth(fields []Field) int {
	deepest := 0
	for i := range fields {
		n := 1
		if k := fields[i].Value.Kind; k == List || k == Map {
			n += depth(fields[i].Value.Kids)
		}
		deepest = max(deepest, n)
	}
	return deepest
}
