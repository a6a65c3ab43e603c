package dynamodb

import (
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// The values of Select.
const (
	selectAll       = "ALL_ATTRIBUTES"
	selectProjected = "ALL_PROJECTED_ATTRIBUTES"
	selectCount     = "COUNT"
	selectSpecific  = "SPECIFIC_ATTRIBUTES"
)

// maxSegments is the most segments that a parallel scan may have.
const maxSegments = 1_000_000

// search is a query or scan that is ready to run: of a table or an index, over
// the store's keys from lower to upper.
type search struct {
	*request
	t            *table
	ix           *index // nil for the table itself
	keys         expr.KeySchema
	lower, upper []byte
	// fetch is whether the whole items are read from the table for the entries of
	// a local index.
	fetch bool
}

func (s *Service) query(body, out []byte) ([]byte, error) {
	var q request
	if err := q.parse(body, paramsQuery); err != nil {
		return nil, err
	}
	f, err := s.prepareSearch(&q)
	if err != nil {
		return nil, err
	}
	if q.keyCond == nil {
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	selected, err := q.keyCond.KeyRange(q.keyBound, f.keys)
	if err != nil {
		return nil, err
	}
	if err := f.checkFilter(); err != nil {
		return nil, err
	}
	f.lower, f.upper = bounds(f.partition(selected.Hash), selected)
	if err := f.startAfter(); err != nil {
		return nil, err
	}
	return s.answer(f, out)
}

func (s *Service) scan(body, out []byte) ([]byte, error) {
	var q request
	if err := q.parse(body, paramsScan); err != nil {
		return nil, err
	}
	f, err := s.prepareSearch(&q)
	if err != nil {
		return nil, err
	}
	if err := q.checkSegments(); err != nil {
		return nil, err
	}
	f.lower, f.upper = f.prefix(), kv.PrefixEnd(f.prefix())
	if q.segments.given {
		f.lower, f.upper = f.segmentBounds(uint64(q.segment.value), uint64(q.segments.value))
	}
	if err := f.startAfter(); err != nil {
		return nil, err
	}
	return s.answer(f, out)
}

// prepareSearch compiles a query or scan and finds its table and index.
func (s *Service) prepareSearch(q *request) (*search, error) {
	if !q.table.given {
		return nil, missing("tableName")
	}
	if err := orElse(q.checkEnums(), q.limit.atLeastOne("limit")); err != nil {
		return nil, err
	}
	if err := orElse(q.checkSelect(), s.compile(q)); err != nil {
		return nil, err
	}
	t, err := s.table(q.table.value)
	if err != nil {
		return nil, err
	}
	f := &search{request: q, t: t, keys: t.keys}
	if !q.index.given {
		return f, nil
	}
	if f.ix = t.index(q.index.value); f.ix == nil {
		return nil, invalid("The table does not have the specified index: " + q.index.value)
	}
	f.keys = f.ix.keys
	return f, f.checkIndex()
}

func (q *request) checkSelect() error {
	w := q.selectWhat.value
	switch {
	case q.projection.given && w == selectCount:
		return invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
	case q.projection.given && w != "" && w != selectSpecific:
		return invalid("Cannot specify the ProjectionExpression when choosing to get " + w)
	case !q.projection.given && w == selectSpecific:
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case w == selectProjected && !q.index.given:
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return nil
}

// checkIndex refuses what an index cannot answer, and decides whether the
// table's items are needed: a local index can fetch them, a global one cannot.
func (f *search) checkIndex() error {
	var lacking []string
	if f.proj != nil {
		lacking = f.ix.lacks(f.proj.Attributes(f.projBound))
	}
	if f.cond != nil {
		if unknown := f.ix.lacks(f.cond.Attributes(f.condBound)); len(unknown) > 0 {
			return invalid("One or more parameter values were invalid: Secondary index " + f.ix.spec.Name +
				" does not project one or more filter attributes: " + listed(unknown))
		}
	}
	all := f.selectWhat.value == selectAll && f.ix.projected != nil
	if !f.ix.global {
		f.fetch = all || len(lacking) > 0
		return nil
	}
	switch {
	case f.consistent:
		return invalid("Consistent reads are not supported on global secondary indexes")
	case all:
		return invalid("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index " +
			f.ix.spec.Name + " because its projection type is not ALL")
	case len(lacking) > 0:
		return invalid("One or more parameter values were invalid: Global secondary index " + f.ix.spec.Name + " does not project " + listed(lacking))
	}
	return nil
}

func listed(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// checkFilter refuses a query's filter on key attributes.
func (f *search) checkFilter() error {
	if f.cond == nil {
		return nil
	}
	for _, name := range f.cond.Attributes(f.condBound) {
		if name == f.keys.Hash || name == f.keys.Range {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name)
		}
	}
	return nil
}

func (q *request) checkSegments() error {
	switch {
	case q.segment.given && !q.segments.given:
		return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case !q.segment.given && q.segments.given:
		return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case !q.segments.given:
		return nil
	}
	if n := q.segments.value; n < 1 || n > maxSegments {
		return invalidValue(strconv.FormatInt(n, 10), "totalSegments", "Member must have value between 1 and 1000000")
	}
	if n := q.segment.value; n < 0 {
		return invalidValue(strconv.FormatInt(n, 10), "segment", "Member must have value greater than or equal to 0")
	}
	if q.segment.value >= q.segments.value {
		return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
			strconv.FormatInt(q.segment.value, 10) + " is not less than TotalSegments: " + strconv.FormatInt(q.segments.value, 10))
	}
	return nil
}
