package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Catalog is the store over the catalogue table. It implements tenant.Store and
// catalog.Store.
//
// An item is its keys, one document ("d", JSON) and a revision ("rv") that
// changes are conditioned on. What queries, conditions or cheap updates need
// beside that has an attribute of its own.
type Catalog struct {
	db    DB
	table *string
	blobs Blobs
	clock clock.Clock
}

// NewCatalog makes the store of the catalogue table.
func NewCatalog(db DB, table string, blobs Blobs, c clock.Clock) *Catalog {
	return &Catalog{db: patient{db, c}, table: &table, blobs: blobs, clock: c}
}

const (
	attrDoc = "d"
	attrRev = "rv"
)

const (
	ifAbsent  = "attribute_not_exists(pk)"
	ifPresent = "attribute_exists(pk)"
)

// doc is one item as it is read.
type doc struct {
	item attrs
}

func (d doc) rev() int64 { return getNum(d.item, attrRev) }

func (d doc) decode(into any) error {
	if err := json.Unmarshal([]byte(getStr(d.item, attrDoc)), into); err != nil {
		return fmt.Errorf("catalogue item %s/%s: %w", getStr(d.item, attrPK), getStr(d.item, attrSK), err)
	}
	return nil
}

// load reads one item consistently; fault.NotFound names what is missing.
func (c *Catalog) load(ctx context.Context, k key, what string) (doc, error) {
	out, err := c.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: c.table, Key: k.attrs(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return doc{}, unavailable(err)
	}
	if out.Item == nil {
		return doc{}, fault.New(fault.NotFound, fault.CodeNotFound, "There is no %s.", what)
	}
	return doc{out.Item}, nil
}

// span is a query over one partition, or over one list of the index.
type span struct {
	pk, prefix string
	index      bool // pk and prefix are ls and lk
	desc       bool
	limit      int    // 0: all
	after      string // sort key after which to begin
}

// query reads a span; next is the sort key to go on after, "" at the end.
func (c *Catalog) query(ctx context.Context, s span) (docs []doc, next string, err error) {
	if !strings.HasPrefix(s.after, s.prefix) && s.after != "" {
		return nil, "", fault.New(fault.Invalid, fault.CodeValidation, "The cursor does not belong to this list.")
	}
	in := s.input(c.table)
	for {
		out, err := c.db.Query(ctx, in)
		if err != nil {
			return nil, "", unavailable(err)
		}
		for _, item := range out.Items {
			if s.after != "" && getStr(item, s.sortName()) == s.after {
				continue
			}
			docs = append(docs, doc{item})
		}
		if s.limit > 0 && len(docs) > s.limit {
			docs = docs[:s.limit]
			return docs, getStr(docs[s.limit-1].item, s.sortName()), nil
		}
		if len(out.LastEvaluatedKey) == 0 {
			return docs, "", nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func (s span) sortName() string {
	if s.index {
		return attrListKey
	}
	return attrSK
}

// endOfText sorts after every text that begins a key of ours.
const endOfText = "\uffff"

// input makes the query. A page begins with a condition on the sort key and not
// with ExclusiveStartKey, so that a cursor is only a sort key and cannot name
// another partition.
func (s span) input(table *string) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{TableName: table, ScanIndexForward: aws.Bool(!s.desc)}
	pkName := attrPK
	if s.index {
		pkName, in.IndexName = attrList, aws.String(indexListing)
	} else {
		in.ConsistentRead = aws.Bool(true)
	}
	if s.limit > 0 {
		in.Limit = aws.Int32(int32(s.limit) + 2) // the one that the page before ended with, and one that tells of a next page
	}
	low, high := s.prefix, s.prefix+endOfText
	if low == "" {
		low = " " // a key must not be empty
	}
	switch {
	case s.after != "" && s.desc:
		high = s.after
	case s.after != "":
		low = s.after
	}
	in.KeyConditionExpression = aws.String(pkName + " = :pk AND " + s.sortName() + " BETWEEN :lo AND :hi")
	in.ExpressionAttributeValues = attrs{":pk": str(s.pk), ":lo": str(low), ":hi": str(high)}
	return in
}

// write is one member of a transaction.
type write struct {
	key
	put    attrs // nil: update, delete, or check only
	update *expression
	delete bool
	cond   string
	values attrs
	// lost is the answer if the condition does not hold.
	lost error
}

// insert puts a new document; conflict if there is one already.
func insert(k key, d any, extra attrs) write {
	return write{key: k, put: item(k, d, 1, extra), cond: ifAbsent, lost: errTaken()}
}

// replace puts a document over the revision that was read.
func replace(k key, d any, rev int64, extra attrs) write {
	return write{
		key: k, put: item(k, d, rev+1, extra), cond: "rv = :was", values: attrs{":was": num(rev)}, lost: errOvertaken(),
	}
}

// overwrite puts a document whatever is there.
func overwrite(k key, d any, extra attrs) write { return write{key: k, put: item(k, d, 1, extra)} }

// remove deletes an item that must exist.
func remove(k key, what string) write {
	return write{key: k, delete: true, cond: ifPresent, lost: fault.New(fault.NotFound, fault.CodeNotFound, "There is no %s.", what)}
}

// erase deletes an item if it exists.
func erase(k key) write { return write{key: k, delete: true} }

func item(k key, d any, rev int64, extra attrs) attrs {
	b, err := json.Marshal(d)
	if err != nil { // a programming error: documents are plain structs
		panic("catalogue document: " + err.Error())
	}
	a := k.attrs()
	a[attrDoc], a[attrRev] = str(string(b)), num(rev)
	for name, v := range extra {
		a[name] = v
	}
	return a
}

func errTaken() error {
	return fault.New(fault.Conflict, fault.CodeConflict, "It exists already.")
}

func errOvertaken() error {
	return fault.New(fault.Conflict, fault.CodeConflict, "It was changed meanwhile; read it again and repeat the change.")
}

// commit writes all or nothing; the first condition that does not hold decides
// the error.
func (c *Catalog) commit(ctx context.Context, writes ...write) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(writes))}
	for i, w := range writes {
		in.TransactItems[i] = c.transactItem(w)
	}
	_, err := c.db.TransactWriteItems(ctx, in)
	var cancelled *types.TransactionCanceledException
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &cancelled):
		return unavailable(err)
	}
	for i, r := range cancelled.CancellationReasons {
		if i < len(writes) && aws.ToString(r.Code) == "ConditionalCheckFailed" {
			return writes[i].lost
		}
	}
	return unavailable(err)
}

func (c *Catalog) transactItem(w write) types.TransactWriteItem {
	var cond *string
	if w.cond != "" {
		cond = &w.cond
	}
	switch {
	case w.put != nil:
		return types.TransactWriteItem{Put: &types.Put{TableName: c.table, Item: w.put, ConditionExpression: cond, ExpressionAttributeValues: w.values}}
	case w.update != nil:
		return types.TransactWriteItem{Update: &types.Update{
			TableName: c.table, Key: w.attrs(), UpdateExpression: w.update.update(), ConditionExpression: w.update.condition(),
			ExpressionAttributeNames: w.update.names, ExpressionAttributeValues: w.update.values,
		}}
	case w.delete:
		return types.TransactWriteItem{Delete: &types.Delete{TableName: c.table, Key: w.attrs(), ConditionExpression: cond, ExpressionAttributeValues: w.values}}
	}
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: c.table, Key: w.attrs(), ConditionExpression: cond, ExpressionAttributeValues: w.values}}
}
