package dynamodb

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
)

func (s *Service) transactWriteItems(body, out []byte) ([]byte, error) {
	var tx transaction
	if err := tx.parse(body, "Put Update Delete ConditionCheck ", "ClientRequestToken ReturnConsumedCapacity ReturnItemCollectionMetrics "); err != nil {
		return nil, err
	}
	if size := tx.size(); size > maxTransactBytes {
		return nil, invalid("Transaction payload size cannot exceed 4MB. Payload Size: " + strconv.Itoa(size))
	}
	if err := tx.prepare(s); err != nil {
		return nil, err
	}
	lockKeys := tx.keys()
	if tx.token.value != "" {
		lockKeys = append(lockKeys, tokenKey(tx.token.value, 0))
	}
	defer s.locks.lock(lockKeys...)()
	known, err := s.knownToken(&tx)
	if err != nil {
		return nil, err
	}
	var consumed tableUnits
	if known {
		consumed = tx.readAgain(s)
	} else if consumed, err = tx.write(s); err != nil {
		return nil, err
	}
	kind := "Write"
	if known {
		kind = "Read"
	}
	return append(consumed.appendConsumed(append(out, '{'), tx.capacity, kind), '}'), nil
}

// size is the transaction's payload: the items, keys and values in it.
func (tx *transaction) size() int {
	n := 0
	for _, a := range tx.actions {
		n += a.item.Size() + a.request.key.Size()
		for i := range a.names.Values {
			n += a.names.Values[i].Value.Size()
		}
	}
	return n
}

// write evaluates all actions and commits their changes, or cancels the transaction.
func (tx *transaction) write(s *Service) (tableUnits, error) {
	var consumed tableUnits
	cancelled := false
	for _, a := range tx.actions {
		if err := a.evaluate(s); err != nil {
			return consumed, err
		}
		if a.reason == nil && !s.admits(&a.m, transactional) {
			a.reason = throttled(reasonThrottled)
		}
		cancelled = cancelled || a.reason != nil
	}
	if cancelled {
		return consumed, tx.cancelled()
	}
	var st staged
	for _, a := range tx.actions {
		u := s.stage(&st, &a.m)
		u.times(transactional)
		consumed.add(a.t, u)
	}
	if tx.token.value != "" {
		digest, period := tx.digest(), s.period()
		v := binary.BigEndian.AppendUint64(digest[:], uint64(s.clock.Now().UnixMilli()))
		s.tokens.add(tx.token.value, period)
		st.batch.Set(tokenKey(tx.token.value, period), v)
	}
	if err := s.commit(&st); err != nil {
		return consumed, err
	}
	for _, u := range consumed.units {
		s.countWrites(u)
	}
	return consumed, nil
}

// readAgain is what a repeated transaction costs: reads of its items.
func (tx *transaction) readAgain(s *Service) tableUnits {
	var consumed tableUnits
	for _, a := range tx.actions {
		stored, _, _ := s.store.Get(a.key) // the size is only for the bill
		u := units{table: transactional * readUnits(attr.StoredSize(stored), true)}
		s.countReads(u)
		consumed.add(a.t, u)
	}
	return consumed
}

// tokenLife is how long a transaction's token makes its repetition harmless.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const tokenLife = 10 * time.Minute

// period is the present one of the periods in which tokens are kept: a token is
// looked for in this and the one before, and dropped after that.
func (s *Service) period() uint64 { return uint64(s.clock.Now().Unix() / int64(tokenLife/time.Second)) }

func tokenKey(token string, period uint64) []byte {
	out := binary.BigEndian.AppendUint64(space(spaceToken, 8+len(token)), period)
	return append(out, token...)
}

// knownToken reports whether the transaction with its token has been written
// already; another one with this token is an error.
func (s *Service) knownToken(tx *transaction) (bool, error) {
	if tx.token.value == "" {
		return false, nil
	}
	now := s.clock.Now()
	for _, period := range [...]uint64{s.period(), s.period() - 1} {
		if !s.tokens.mayHave(tx.token.value, period) {
			continue
		}
		v, ok, err := s.store.Get(tokenKey(tx.token.value, period))
		if err != nil {
			return false, err
		}
		if !ok || len(v) < sha256.Size+8 {
			continue
		}
		if now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(v[sha256.Size:])))) > tokenLife {
			continue
		}
		digest := tx.digest()
		if !bytes.Equal(v[:sha256.Size], digest[:]) {
			return false, &failure{kind: kindMismatch}
		}
		return true, nil
	}
	return false, nil
}

// digest is the same for the same transaction, however its maps are ordered.
func (tx *transaction) digest() [sha256.Size]byte {
	var all []byte
	part := func(write func([]byte) []byte) {
		at := len(all)
		all = write(append(all, 0, 0, 0, 0))
		binary.BigEndian.PutUint32(all[at:], uint32(len(all)-at-4))
	}
	text := func(s string) { part(func(b []byte) []byte { return append(b, s...) }) }
	for _, a := range tx.actions {
		for _, s := range []string{a.kind, a.t.spec.Name, a.condition.value, a.update.value, a.onFailure.value} {
			text(s)
		}
		part(a.request.key.AppendStored)
		part(a.item.AppendStored)
		slices.SortFunc(a.names.Names, func(x, y expr.Name) int { return cmp.Compare(x.Key, y.Key) })
		for _, n := range a.names.Names {
			text(n.Key)
			text(n.Attribute)
		}
		values := make(attr.Item, 0, len(a.names.Values))
		for _, v := range a.names.Values {
			values = append(values, attr.Field{Name: v.Key, Value: v.Value})
		}
		slices.SortFunc(values, func(x, y attr.Field) int { return cmp.Compare(x.Name, y.Name) })
		part(values.AppendStored)
	}
	return sha256.Sum256(all)
}
