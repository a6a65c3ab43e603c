package dynamostore

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// DataTables keeps data tables in the runs table. It implements datatable's ports.
type DataTables struct{ Runs *Runs }

var (
	_ datatable.Tables = DataTables{}
	_ datatable.Rows   = DataTables{}
)

// The attributes of a table's counters, and of the sum of all of a tenant's.
const (
	attrRows    = "rw"
	attrBytes   = "bs"
	attrVersion = "wv"
	attrNext    = "nx" // the last number that was given to a row
	attrTables  = "tn"
)

const (
	// dropTries bounds how often a table is tried to be removed while it is written to.
	dropTries = 20
	// dropFor bounds for how long its rows are removed: callers of the API wait.
	dropFor = 10 * time.Second
)

// tableDoc is the document of a table.
type tableDoc struct {
	Name      string             `json:"name"`
	Columns   []datatable.Column `json:"columns"`
	CreatedAt time.Time          `json:"createdAt"`
	UpdatedAt time.Time          `json:"updatedAt"`
	Made      int                `json:"made"`
}

func docOf(t datatable.Table) string {
	return jsonText(tableDoc{t.Name, t.Columns, t.CreatedAt, t.UpdatedAt, t.Made})
}

func decodeTable(t ident.Tenant, a attrs) (datatable.Table, error) {
	var d tableDoc
	if err := json.Unmarshal([]byte(getStr(a, attrDoc)), &d); err != nil {
		return datatable.Table{}, fault.Wrap(err, fault.Internal, fault.CodeInternal, "A stored data table cannot be read.")
	}
	id := strings.TrimPrefix(getStr(a, attrSK), dataTablePrefix)
	return datatable.Table{
		Ref: datatable.Ref{Tenant: t, ID: ident.DataTable(id)}, Name: d.Name, Columns: d.Columns,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, Made: d.Made, Rev: getNum(a, attrRev),
	}, nil
}

func noTable(ref datatable.Ref) error {
	return fault.New(fault.NotFound, fault.CodeNotFound, "There is no data table %s.", fault.Shorten(string(ref.ID), 80))
}

// Table implements datatable.Tables.
func (s DataTables) Table(ctx context.Context, ref datatable.Ref) (datatable.Table, error) {
	head, err := s.Runs.get(ctx, dataTableKey(ref))
	if err != nil {
		return datatable.Table{}, err
	}
	stats, err := s.Runs.get(ctx, dataStatsKey(ref))
	if err != nil {
		return datatable.Table{}, err
	}
	if head == nil || stats == nil {
		return datatable.Table{}, noTable(ref)
	}
	t, err := decodeTable(ref.Tenant, head)
	t.Stats = datatable.Stats{Rows: getNum(stats, attrRows), Bytes: getNum(stats, attrBytes), Version: getNum(stats, attrVersion)}
	return t, err
}

// Tables implements datatable.Tables.
func (s DataTables) Tables(ctx context.Context, t ident.Tenant) ([]datatable.Table, error) {
	var all []datatable.Table
	err := s.Runs.each(ctx, dataTablesPK(t), dataTablePrefix, func(a attrs) (bool, error) {
		table, err := decodeTable(t, a)
		all = append(all, table)
		return true, err
	})
	return all, err
}

// each calls fn for the items of a partition from a beginning of their sort keys on,
// until it returns false.
func (r *Runs) each(ctx context.Context, pk, prefix string, fn func(attrs) (bool, error)) error {
	return r.between(ctx, pk, [2]string{prefix, prefix + endOfText}, fn)
}

// between is each for a range of sort keys.
func (r *Runs) between(ctx context.Context, pk string, sk [2]string, fn func(attrs) (bool, error)) error {
	pages := dynamodb.NewQueryPaginator(r.db, &dynamodb.QueryInput{
		TableName: r.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :lo AND :hi"),
		ExpressionAttributeValues: attrs{":pk": str(pk), ":lo": str(sk[0]), ":hi": str(sk[1])},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return unavailable(err)
		}
		for _, item := range page.Items {
			if more, err := fn(item); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// MakeTable implements datatable.Tables.
func (s DataTables) MakeTable(ctx context.Context, t datatable.Table) error {
	head := dataTableKey(t.Ref).attrs()
	head[attrDoc], head[attrRev] = str(docOf(t)), num(1)
	stats := dataStatsKey(t.Ref).attrs()
	for _, name := range []string{attrRows, attrBytes, attrVersion, attrNext} {
		stats[name] = num(0)
	}
	var sum expression
	sum.Add(attrTables, 1)
	sum.Add(attrBytes, 0)
	sum.If("attribute_not_exists(tn) OR tn < :most")
	sum.value(":most", num(datatable.MaxTables))
	reasons, ok, err := s.Runs.transact(ctx,
		s.Runs.putWrite(head, ifAbsent), s.nameWrite(t), s.Runs.updateWrite(dataSumKey(t.Tenant), sum), s.Runs.putWrite(stats, ""),
	)
	if err != nil || ok {
		return err
	}
	if _, there := failedAt(reasons, 0); there {
		return nil // it was made by an earlier attempt
	}
	if _, taken := failedAt(reasons, 1); taken {
		return nameTaken(t.Name)
	}
	return fault.New(fault.LimitExceeded, fault.CodePayloadTooLarge, "You have %d data tables, which is the most; delete one that is not needed.", datatable.MaxTables)
}

// nameWrite keeps a name for one table.
func (s DataTables) nameWrite(t datatable.Table) types.TransactWriteItem {
	name := dataNameKey(t.Tenant, t.Name).attrs()
	name[attrDoc] = str(string(t.ID))
	return s.Runs.putWrite(name, ifAbsent)
}

func nameTaken(name string) error {
	return fault.New(fault.Conflict, fault.CodeConflict, "Another data table has the name %q.", name)
}

// deleteWrite deletes an item, under a condition unless it is "".
func (r *Runs) deleteWrite(k key, condition string, values attrs) types.TransactWriteItem {
	d := &types.Delete{TableName: r.table, Key: k.attrs()}
	if condition != "" {
		d.ConditionExpression, d.ExpressionAttributeValues = &condition, values
		d.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	return types.TransactWriteItem{Delete: d}
}

// ChangeTable implements datatable.Tables.
func (s DataTables) ChangeTable(ctx context.Context, before, after datatable.Table) error {
	var e expression
	e.Set(attrDoc, str(docOf(after)))
	e.Add(attrRev, 1)
	e.If("rv = :was")
	e.value(":was", num(before.Rev))
	writes := []types.TransactWriteItem{s.Runs.updateWrite(dataTableKey(before.Ref), e)}
	if after.Name != before.Name {
		writes = append(writes, s.nameWrite(after), s.Runs.deleteWrite(dataNameKey(before.Tenant, before.Name), "", nil))
	}
	reasons, ok, err := s.Runs.transact(ctx, writes...)
	if err != nil || ok {
		return err
	}
	if _, overtaken := failedAt(reasons, 0); overtaken {
		return errOvertaken()
	}
	return nameTaken(after.Name)
}

// DropTable implements datatable.Tables. The first transaction takes the table away
// and leaves a mark, under which retention finds rows that are left.
func (s DataTables) DropTable(ctx context.Context, t datatable.Table) error {
	for try := 1; ; try++ {
		var sum expression
		sum.Add(attrTables, -1)
		sum.Add(attrBytes, -t.Bytes)
		_, ok, err := s.Runs.transact(ctx,
			s.Runs.deleteWrite(dataTableKey(t.Ref), "rv = :was", attrs{":was": num(t.Rev)}),
			s.Runs.deleteWrite(dataNameKey(t.Tenant, t.Name), "", nil),
			s.Runs.deleteWrite(dataStatsKey(t.Ref), "wv = :was", attrs{":was": num(t.Version)}),
			s.Runs.updateWrite(dataSumKey(t.Tenant), sum),
			s.Runs.putWrite(dataLeftKey(t.Ref).attrs(), ""),
		)
		if err != nil {
			return err
		}
		if ok {
			end := s.Runs.clock.Now().Add(dropFor)
			return s.clear(ctx, t.Ref, func() bool { return s.Runs.clock.Now().Before(end) })
		}
		if try == dropTries {
			return fault.New(fault.Unavailable, fault.CodeUnavailable, "The data table is written to all the time; stop the workflows that do, then delete it.")
		}
		if t, err = s.Table(ctx, t.Ref); err != nil {
			return err
		}
	}
}

// clear removes what is left of a table, as long as it may; then its mark.
func (s DataTables) clear(ctx context.Context, ref datatable.Ref, more func() bool) error {
	if err := s.Runs.dropPartition(ctx, dataTablePK(ref), more); err != nil || !more() {
		return err
	}
	if _, err := s.Runs.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: s.Runs.table, Key: dataLeftKey(ref).attrs()}); err != nil {
		return unavailable(err)
	}
	return nil
}

// dropPartition deletes the items of a partition, as long as more says so.
func (r *Runs) dropPartition(ctx context.Context, pk string, more func() bool) error {
	for more() {
		var writes []types.TransactWriteItem
		err := r.between(ctx, pk, [2]string{" ", endOfText}, func(a attrs) (bool, error) {
			writes = append(writes, r.deleteWrite(key{getStr(a, attrPK), getStr(a, attrSK)}, "", nil))
			return len(writes) < maxTransaction, nil
		})
		if err != nil || len(writes) == 0 {
			return err
		}
		if _, _, err := r.transact(ctx, writes...); err != nil {
			return err
		}
	}
	return nil
}

// maxTransaction is how many writes one transaction takes.
// Source: DynamoDB API reference, TransactWriteItems.
const maxTransaction = 100

// DropLeft removes what is left of tables whose removal was begun, as long as more
// says so.
func (s DataTables) DropLeft(ctx context.Context, t ident.Tenant, more func() bool) error {
	return s.Runs.each(ctx, dataTablesPK(t), dataLeftPrefix, func(a attrs) (bool, error) {
		id := ident.DataTable(strings.TrimPrefix(getStr(a, attrSK), dataLeftPrefix))
		err := s.clear(ctx, datatable.Ref{Tenant: t, ID: id}, more)
		return more(), err
	})
}
