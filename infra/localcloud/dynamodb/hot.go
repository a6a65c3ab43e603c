package dynamodb

import "sync"

// maxItemUnits is what one item takes of writes in a second, in write units,
// whatever its table has.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
const maxItemUnits = 1000

// hot counts the write units of each item in the present second. A nil hot lets
// everything through.
type hot struct {
	most float64

	mu     sync.Mutex
	second int64
	used   map[string]float64
}

func newHot(most int) *hot {
	if most == 0 {
		return nil
	}
	return &hot{most: float64(min(most, maxItemUnits)), used: map[string]float64{}}
}

// take counts a write; false if the item takes no more in this second. A single
// write that is larger than the limit goes through when nothing else does.
func (h *hot) take(second int64, key []byte, units float64) bool {
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if second != h.second {
		clear(h.used)
		h.second = second
	}
	used := h.used[string(key)]
	if used > 0 && used+units > h.most {
		return false
	}
	h.used[string(key)] = used + units
	return true
}

// throttled is the failure of a write to an item that takes no more; in a
// transaction it is a reason under another code.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const throttledMessage = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly."

func throttled(kind string) *failure { return &failure{kind: kind, message: throttledMessage} }

// admits reports whether the mutation's item takes the write now.
func (s *Service) admits(m *mutation, times float64) bool {
	if s.hot == nil {
		return true
	}
	return s.hot.take(s.clock.Now().Unix(), m.key, times*writeUnits(max(m.old.Size(), m.item.Size())))
}
