package dynamostore

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/fault"
)

const (
	attrCreated = "ca" // milliseconds
	attrUpdated = "ua"
	// entriesKept is how long it is known what an operation wrote: attempts of a node
	// run follow each other in minutes, and a resume by hand in days.
	entriesKept = 30 * 24 * time.Hour
)

// rowItem is a row as it is stored.
func rowItem(ref datatable.Ref, r datatable.Row) attrs {
	a := dataRowKey(ref, r.ID).attrs()
	a[attrDoc], a[attrRev] = str(jsonText(r.Cells)), num(r.Rev+1)
	a[attrCreated], a[attrUpdated] = num(millis(r.CreatedAt)), num(millis(r.UpdatedAt))
	return a
}

func decodeRow(a attrs) (datatable.Row, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(getStr(a, attrSK), dataRowPrefix), 10, 64)
	r := datatable.Row{ID: id, Rev: getNum(a, attrRev), CreatedAt: fromMillis(getNum(a, attrCreated)), UpdatedAt: fromMillis(getNum(a, attrUpdated))}
	if err == nil {
		err = json.Unmarshal([]byte(getStr(a, attrDoc)), &r.Cells)
	}
	if err != nil {
		err = fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored row cannot be read.")
	}
	return r, err
}

// Row implements datatable.Rows.
func (s DataTables) Row(ctx context.Context, ref datatable.Ref, id int64) (datatable.Row, error) {
	item, err := s.Runs.get(ctx, dataRowKey(ref, id))
	if err != nil {
		return datatable.Row{}, err
	}
	if item == nil {
		return datatable.Row{}, fault.New(fault.NotFound, fault.CodeNotFound, "The data table has no row %d.", id)
	}
	return decodeRow(item)
}

// Scan implements datatable.Rows.
func (s DataTables) Scan(ctx context.Context, ref datatable.Ref, after int64, fn func(datatable.Row) bool) error {
	from := dataRowKey(ref, after+1)
	return s.Runs.between(ctx, from.pk, [2]string{from.sk, dataRowPrefix + endOfText}, func(a attrs) (bool, error) {
		r, err := decodeRow(a)
		return err == nil && fn(r), err
	})
}

// Allocate implements datatable.Rows.
func (s DataTables) Allocate(ctx context.Context, ref datatable.Ref, n int) (int64, error) {
	var e expression
	e.Add(attrNext, int64(n))
	e.If(ifPresent)
	item, ok, err := s.Runs.update(ctx, dataStatsKey(ref), e)
	if err == nil && !ok {
		err = noTable(ref)
	}
	return getNum(item, attrNext) - int64(n) + 1, err
}

// entryDoc is the document of an entry.
type entryDoc struct {
	Kind datatable.Kind  `json:"kind"`
	At   time.Time       `json:"at"`
	IDs  []int64         `json:"ids,omitempty"`
	Rows []datatable.Row `json:"rows,omitempty"`
}

func (s DataTables) entryWrite(ref datatable.Ref, e datatable.Entry) types.TransactWriteItem {
	a := dataDoneKey(ref, e.Op, e.N).attrs()
	a[attrDoc] = bin(pack([]byte(jsonText(entryDoc{e.Kind, e.At, e.IDs, e.Rows}))))
	a[attrExpires] = num(s.Runs.clock.Now().Add(entriesKept).Unix())
	return s.Runs.putWrite(a, ifAbsent)
}

// Entries implements datatable.Rows.
func (s DataTables) Entries(ctx context.Context, ref datatable.Ref, op string) ([]datatable.Entry, error) {
	var all []datatable.Entry
	err := s.Runs.each(ctx, dataTablePK(ref), dataDonePrefix(op), func(a attrs) (bool, error) {
		var d entryDoc
		b, err := unpack(getBin(a, attrDoc))
		if err == nil {
			err = json.Unmarshal(b, &d)
		}
		if err != nil {
			return false, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored operation cannot be read.")
		}
		all = append(all, datatable.Entry{Op: op, N: len(all), Kind: d.Kind, At: d.At, IDs: d.IDs, Rows: d.Rows})
		return true, nil
	})
	return all, err
}

// Write implements datatable.Rows.
func (s DataTables) Write(ctx context.Context, ref datatable.Ref, b datatable.Batch) error {
	rows, delta := int64(-len(b.Drops)), int64(0)
	writes := make([]types.TransactWriteItem, 3, 3+len(b.Puts)+len(b.Drops))
	for _, p := range b.Puts {
		put := s.Runs.putWrite(rowItem(ref, p.Row), ifAbsent)
		if p.Row.Rev > 0 {
			put = s.Runs.putWrite(rowItem(ref, p.Row), "rv = :was")
			put.Put.ExpressionAttributeValues = attrs{":was": num(p.Row.Rev)}
		} else {
			rows++
		}
		writes = append(writes, put)
		delta += p.Delta
	}
	for _, r := range b.Drops {
		writes = append(writes, s.Runs.deleteWrite(dataRowKey(ref, r.ID), "rv = :was", attrs{":was": num(r.Rev)}))
		delta -= r.Bytes()
	}
	writes[0] = s.entryWrite(ref, b.Entry)
	writes[1] = s.statsWrite(ref, rows, delta, b.IfVersion)
	writes[2] = s.sumWrite(ref, delta)
	reasons, ok, err := s.Runs.transact(ctx, writes...)
	if err != nil || ok {
		return err
	}
	if _, told := failedAt(reasons, 0); told {
		return datatable.ErrTold
	}
	if stats, failed := failedAt(reasons, 1); failed && stats == nil {
		return noTable(ref)
	}
	for i := range reasons {
		// What overtook the batch may have changed what there is to write.
		if _, failed := failedAt(reasons, i); failed && i != 2 {
			return datatable.ErrOvertaken
		}
	}
	return datatable.Full()
}

func (s DataTables) statsWrite(ref datatable.Ref, rows, delta, ifVersion int64) types.TransactWriteItem {
	var e expression
	e.Add(attrRows, rows)
	e.Add(attrBytes, delta)
	e.Add(attrVersion, 1)
	e.If(ifPresent)
	if ifVersion >= 0 {
		e.If("wv = :version")
		e.value(":version", num(ifVersion))
	}
	return s.Runs.updateWrite(dataStatsKey(ref), e)
}

// sumWrite moves the sum of the tenant's bytes. Where it grows there must be room.
func (s DataTables) sumWrite(ref datatable.Ref, delta int64) types.TransactWriteItem {
	var e expression
	e.Add(attrBytes, delta)
	if delta > 0 {
		e.If("bs <= :room")
		e.value(":room", num(datatable.MaxBytes-delta))
	}
	return s.Runs.updateWrite(dataSumKey(ref.Tenant), e)
}
