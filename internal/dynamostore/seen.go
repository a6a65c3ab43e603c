package dynamostore

import (
	"context"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Seen keeps histories of values in the runs table. It implements dedupe.Store. A
// history has a head, and its hashes in chunks, of which only the last one grows.
type Seen struct{ Runs *Runs }

var _ dedupe.Store = Seen{}

const (
	attrMode   = "md"
	attrHashes = "hs"
	attrLatest = "la" // the bits of a float64
	attrCount  = "ct"
	// seenChunk is how many hashes one chunk has: some 32 KB.
	seenChunk = 2000
	hashSize  = len(dedupe.Hash{})
)

// History implements dedupe.Store.
func (s Seen) History(ctx context.Context, scope dedupe.Scope) (dedupe.History, error) {
	head, err := s.Runs.get(ctx, seenHeadKey(scope))
	if err != nil || head == nil {
		return dedupe.History{}, err
	}
	h := dedupe.History{
		Mode: dedupe.Mode(getStr(head, attrMode)), Rev: getNum(head, attrRev),
		Latest: math.Float64frombits(uint64(getNum(head, attrLatest))),
	}
	count := int(getNum(head, attrCount))
	if count == 0 {
		return h, nil
	}
	h.Hashes = make([]dedupe.Hash, 0, count)
	err = s.Runs.each(ctx, seenPK(scope), seenChunkPrefix(scope), func(a attrs) (bool, error) {
		for b := getBin(a, attrHashes); len(b) >= hashSize; b = b[hashSize:] {
			h.Hashes = append(h.Hashes, dedupe.Hash(b[:hashSize]))
		}
		return true, nil
	})
	if len(h.Hashes) > count { // the head was read before another writer added to it
		h.Hashes = h.Hashes[:count]
	}
	return h, err
}

// Told implements dedupe.Store.
func (s Seen) Told(ctx context.Context, scope dedupe.Scope, op string) ([]dedupe.Hash, bool, error) {
	item, err := s.Runs.get(ctx, seenDoneKey(scope, op))
	if err != nil || item == nil {
		return nil, false, err
	}
	return hashesOf(getBin(item, attrHashes)), true, nil
}

func hashesOf(b []byte) []dedupe.Hash {
	var out []dedupe.Hash
	for ; len(b) >= hashSize; b = b[hashSize:] {
		out = append(out, dedupe.Hash(b[:hashSize]))
	}
	return out
}

func (s Seen) doneWrite(scope dedupe.Scope, op string, told []dedupe.Hash) types.TransactWriteItem {
	a := seenDoneKey(scope, op).attrs()
	a[attrHashes] = bin(packHashes(told))
	a[attrExpires] = num(s.Runs.clock.Now().Add(entriesKept).Unix())
	return s.Runs.putWrite(a, ifAbsent)
}

func packHashes(list []dedupe.Hash) []byte {
	b := make([]byte, 0, len(list)*hashSize)
	for _, x := range list {
		b = append(b, x[:]...)
	}
	return b
}

// headWrite moves the head on from what was read.
func (s Seen) headWrite(scope dedupe.Scope, was dedupe.History, e expression) types.TransactWriteItem {
	e.Add(attrRev, 1)
	if was.Rev == 0 {
		e.If("attribute_not_exists(rv)")
	} else {
		e.If("rv = :was")
		e.value(":was", num(was.Rev))
	}
	return s.Runs.updateWrite(seenHeadKey(scope), e)
}

// Record implements dedupe.Store. The last chunk is written anew with what is added.
func (s Seen) Record(ctx context.Context, scope dedupe.Scope, was dedupe.History, a dedupe.Addition) error {
	var e expression
	e.Set(attrMode, str(string(a.Mode)))
	e.Set(attrCount, num(int64(len(was.Hashes)+len(a.Hashes))))
	e.Set(attrLatest, num(int64(math.Float64bits(a.Latest))))
	writes := []types.TransactWriteItem{s.headWrite(scope, was, e), s.doneWrite(scope, a.Op, a.Told)}
	whole := len(was.Hashes) / seenChunk
	grown := append(slices.Clone(was.Hashes[whole*seenChunk:]), a.Hashes...)
	for n := whole; len(grown) > 0 && len(a.Hashes) > 0; n++ {
		some := grown[:min(len(grown), seenChunk)]
		item := seenChunkKey(scope, n).attrs()
		item[attrHashes] = bin(packHashes(some))
		writes = append(writes, s.Runs.putWrite(item, ""))
		grown = grown[len(some):]
	}
	return s.apply(ctx, writes)
}

// Forget implements dedupe.Store.
func (s Seen) Forget(ctx context.Context, scope dedupe.Scope, was dedupe.History, op string) error {
	var e expression
	e.Remove(attrMode, attrCount, attrLatest)
	writes := []types.TransactWriteItem{s.headWrite(scope, was, e), s.doneWrite(scope, op, nil)}
	for n := range (len(was.Hashes) + seenChunk - 1) / seenChunk {
		writes = append(writes, s.Runs.deleteWrite(seenChunkKey(scope, n), "", nil))
	}
	return s.apply(ctx, writes)
}

func (s Seen) apply(ctx context.Context, writes []types.TransactWriteItem) error {
	_, ok, err := s.Runs.transact(ctx, writes...)
	if err == nil && !ok {
		return dedupe.ErrOvertaken
	}
	return err
}

// ForgetWorkflow removes all histories of a workflow.
func (s Seen) ForgetWorkflow(ctx context.Context, t ident.Tenant, w ident.Workflow) error {
	return s.Runs.dropPartition(ctx, seenPK(dedupe.Scope{Tenant: t, Workflow: w}), func() bool { return true })
}
