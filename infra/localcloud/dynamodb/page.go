package dynamodb

import (
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
)

// maxPageBytes is how much one page of a query or scan evaluates.
const maxPageBytes = 1 << 20

// checkStart refuses an ExclusiveStartKey that no answer could have given.
func (f *search) checkStart() error {
	names := f.startNames()
	if len(f.start) != len(names) {
		return invalid("The provided starting key is invalid")
	}
	for _, name := range names {
		v := f.start.Get(name)
		if v == nil || v.Kind != attr.KindNamed(f.t.spec.Attributes[name]) {
			return invalid("The provided starting key is invalid: The provided key element does not match the schema")
		}
	}
	return nil
}

// startNames are the attributes of a LastEvaluatedKey: the keys of the index and of the table.
func (f *search) startNames() []string {
	var out []string
	for _, name := range []string{f.t.keys.Hash, f.t.keys.Range, f.keys.Hash, f.keys.Range} {
		known := name == ""
		for _, n := range out {
			known = known || n == name
		}
		if !known {
			out = append(out, name)
		}
	}
	return out
}

// outside is the error of an ExclusiveStartKey outside of what is searched.
func (f *search) outside() error {
	switch {
	case f.segments.given:
		return invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. " +
			"TotalSegments: " + strconv.FormatInt(f.segments.value, 10) + " Segment: " + strconv.FormatInt(f.segment.value, 10))
	case f.keyCondition.given:
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	}
	return invalid("The provided starting key is invalid")
}

// page is the answer of a query or scan as it grows.
type page struct {
	out            []byte
	items          int
	scanned        int
	size           int       // of what was evaluated, in bytes
	fetched        units     // for items of the table that an entry of a local index led to
	last           attr.Item // the last that was evaluated, if there may be more
	failed         error
	countOnly      bool
	entries        []attr.Item // of a local index, whose items are yet to be fetched
	firstItemStart int
}

// answer runs the search and appends its page.
func (s *Service) answer(f *search, out []byte) ([]byte, error) {
	p := page{out: append(out, '{'), countOnly: f.selectWhat.value == selectCount}
	if !p.countOnly {
		p.out = append(p.out, `"Items":[`...)
		p.firstItemStart = len(p.out)
	}
	if string(f.lower) < string(f.upper) { // the store refuses bounds that are the wrong way round
		err := s.store.Scan(f.lower, f.upper, f.backward, func(_, stored []byte) bool { return f.visit(&p, stored) })
		if err = orElse(err, p.failed); err != nil {
			return nil, err
		}
	}
	if err := s.fetchEntries(f, &p); err != nil {
		return nil, err
	}
	if !p.countOnly {
		p.out = append(p.out, `],`...)
	}
	p.out = strconv.AppendInt(append(p.out, `"Count":`...), int64(p.items), 10)
	p.out = strconv.AppendInt(append(p.out, `,"ScannedCount":`...), int64(p.scanned), 10)
	if p.last != nil {
		p.out = p.last.Pick(f.startNames()).AppendJSON(append(p.out, `,"LastEvaluatedKey":`...))
	}
	u := p.fetched
	if n := readUnits(p.size, f.consistent); f.ix == nil {
		u.table += n
	} else {
		u.addIndex(f.ix, n)
	}
	s.countReads(u)
	return append(f.appendConsumed(p.out, f.t, &u), '}'), nil
}

// visit evaluates one stored item; it returns false when the page is full.
func (f *search) visit(p *page, stored []byte) bool {
	size := attr.StoredSize(stored)
	full := f.limit.given && int64(p.scanned+1) >= f.limit.value || p.size+size >= maxPageBytes
	p.scanned++
	p.size += size
	if f.cond == nil && f.proj == nil && !f.fetch && !full {
		p.items++
		if !p.countOnly {
			p.out = attr.AppendStoredJSON(p.next(), stored)
		}
		return true
	}
	if full || f.fetch {
		stored = append([]byte(nil), stored...) // it outlives the visit
	}
	item, err := attr.ReadStored(stored)
	if err != nil {
		p.failed = err
		return false
	}
	if full {
		p.last = item
	}
	if f.fetch {
		p.entries = append(p.entries, item)
	} else {
		f.take(p, item)
	}
	return !full
}

// take adds the item to the page if it passes the filter.
func (f *search) take(p *page, item attr.Item) {
	if !f.passes(item) {
		return
	}
	p.items++
	if !p.countOnly {
		p.out = f.appendItem(p.next(), item)
	}
}

// next appends the comma before a further item.
func (p *page) next() []byte {
	if len(p.out) > p.firstItemStart {
		return append(p.out, ',')
	}
	return p.out
}

// fetchEntries takes the table's items of the entries of a local index.
func (s *Service) fetchEntries(f *search, p *page) error {
	for _, entry := range p.entries {
		stored, found, err := s.store.Get(f.t.itemKey(entry))
		if err != nil {
			return err
		}
		if !found {
			continue // deleted since the index was read
		}
		p.fetched.table += readUnits(attr.StoredSize(stored), f.consistent)
		item, err := attr.ReadStored(stored)
		if err != nil {
			return err
		}
		f.take(p, item)
	}
	return nil
}
