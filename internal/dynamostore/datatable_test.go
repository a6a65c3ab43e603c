package dynamostore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
)

// losing is a database whose nth transaction from now on is applied, but its answer
// is lost.
type losing struct {
	dynamostore.DB
	in atomic.Int64
}

func (l *losing) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	out, err := l.DB.TransactWriteItems(ctx, in, o...)
	if l.in.Add(-1) == 0 && err == nil {
		return nil, errLost
	}
	return out, err
}

// tables is a desk of data tables with one table of a tenant.
type tables struct {
	*datatable.Desk
	db    *losing
	store dynamostore.DataTables
	table datatable.Table
}

func newTables(t *testing.T) *tables {
	t.Helper()
	c := clock.NewManual(noon)
	db := &losing{DB: table.Client(table.Open(t, c))}
	s := dynamostore.DataTables{Runs: dynamostore.NewRuns(db, table.Runs, nil, c)}
	x := &tables{Desk: &datatable.Desk{Tables: s, Rows: s, Clock: clock.Real()}, db: db, store: s}
	x.table = x.create(t, "ten_a", "Sales")
	return x
}

func (x *tables) create(t *testing.T, tenant ident.Tenant, name string) datatable.Table {
	t.Helper()
	made, err := x.Create(t.Context(), datatable.NewTable{Tenant: tenant, Name: name, Columns: []datatable.Column{
		{Name: "key", Type: datatable.String}, {Name: "n", Type: datatable.Number},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func keyed(key string, n float64) *value.Object { return value.Obj("key", key, "n", n) }

func (x *tables) insert(t *testing.T, op string, objects ...*value.Object) []datatable.Row {
	t.Helper()
	rows, err := x.Insert(t.Context(), x.table, op, objects)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// all is what the table holds: "id:key=n".
func (x *tables) all(t *testing.T) string {
	t.Helper()
	rows, next, err := x.Page(t.Context(), x.table, datatable.Filter{}, 0, 10_000)
	if err != nil || next != 0 {
		t.Fatal(err, next)
	}
	return x.text(rows)
}

func (x *tables) text(rows []datatable.Row) string {
	parts := make([]string, len(rows))
	for i, r := range rows {
		o := x.table.Object(r)
		key, _ := o.Get("key")
		n, _ := o.Get("n")
		parts[i] = fmt.Sprintf("%d:%v=%v", r.ID, key, n)
	}
	return strings.Join(parts, " ")
}

func rowsOf(changed []datatable.Changed) []datatable.Row {
	rows := make([]datatable.Row, len(changed))
	for i, c := range changed {
		rows[i] = c.Row
	}
	return rows
}

func where(key string) datatable.Filter {
	return datatable.Filter{Conditions: []datatable.Condition{{Column: "key", Operator: "eq", Value: key}}}
}

func (x *tables) stats(t *testing.T) datatable.Stats {
	t.Helper()
	now, err := x.Tables.Table(t.Context(), x.table.Ref)
	if err != nil {
		t.Fatal(err)
	}
	return now.Stats
}

func TestRowsAreWrittenReadChangedAndDeleted(t *testing.T) {
	x := newTables(t)
	x.insert(t, "", keyed("a", 1), keyed("b", 2), value.Obj("key", "c"))
	if got := x.all(t); got != "1:a=1 2:b=2 3:c=<nil>" {
		t.Fatal(got)
	}
	s := x.Session(x.table)
	for _, step := range []struct {
		name string
		do   func(context.Context, datatable.Change) ([]datatable.Changed, error)
		c    datatable.Change
		gave string
		left string
	}{
		{"dry update", s.Update, datatable.Change{Filter: where("a"), Set: value.Obj("n", 9.0), DryRun: true}, "1:a=9", "1:a=1 2:b=2 3:c=<nil>"},
		{"update", s.Update, datatable.Change{Filter: where("a"), Set: value.Obj("n", "9")}, "1:a=9", "1:a=9 2:b=2 3:c=<nil>"},
		{"update of none", s.Update, datatable.Change{Filter: where("z"), Set: value.Obj("n", 0.0)}, "", "1:a=9 2:b=2 3:c=<nil>"},
		{"emptying", s.Update, datatable.Change{Filter: where("b"), Set: value.Obj("n", nil)}, "2:b=<nil>", "1:a=9 2:b=<nil> 3:c=<nil>"},
		{"upsert that finds", s.Upsert, datatable.Change{Filter: where("b"), Set: keyed("b", 5)}, "2:b=5", "1:a=9 2:b=5 3:c=<nil>"},
		{"upsert that inserts", s.Upsert, datatable.Change{Filter: where("d"), Set: keyed("d", 6)}, "4:d=6", "1:a=9 2:b=5 3:c=<nil> 4:d=6"},
		{"dry deletion", s.Delete, datatable.Change{Filter: where("c"), DryRun: true}, "3:c=<nil>", "1:a=9 2:b=5 3:c=<nil> 4:d=6"},
		{"deletion", s.Delete, datatable.Change{Filter: where("c")}, "3:c=<nil>", "1:a=9 2:b=5 4:d=6"},
	} {
		changed, err := step.do(t.Context(), step.c)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := x.text(rowsOf(changed)); got != step.gave {
			t.Errorf("%s gives %s, want %s", step.name, got, step.gave)
		}
		if got := x.all(t); got != step.left {
			t.Errorf("%s leaves %s, want %s", step.name, got, step.left)
		}
	}
	n, err := s.Clear(t.Context(), "clear")
	if err != nil || n != 3 || x.all(t) != "" {
		t.Errorf("%d rows are cleared (%v), left %q", n, err, x.all(t))
	}
	if st := x.stats(t); st.Rows != 0 || st.Bytes != 0 {
		t.Errorf("an empty table counts %+v", st)
	}
}

// TestAnOperationThatIsRepeatedWritesOnce loses each answer in turn, as often as the
// operation asks, and then repeats it: the rows, what it gives and the sums are as if
// nothing had been lost.
func TestAnOperationThatIsRepeatedWritesOnce(t *testing.T) {
	many := make([]*value.Object, 2*datatable.MaxBatch+7) // three batches
	for i := range many {
		many[i] = keyed("new", float64(i))
	}
	start := []*value.Object{}
	for i := range datatable.MaxBatch + 3 {
		start = append(start, keyed("old", float64(i)))
	}
	for name, do := range map[string]func(x *tables) ([]datatable.Row, error){
		"insert": func(x *tables) ([]datatable.Row, error) { return x.Insert(t.Context(), x.table, "op", many) },
		"update": func(x *tables) ([]datatable.Row, error) {
			out, err := x.Session(x.table).Update(t.Context(), datatable.Change{Op: "op", Filter: where("old"), Set: value.Obj("key", "done")})
			return rowsOf(out), err
		},
		"upsert that inserts": func(x *tables) ([]datatable.Row, error) {
			out, err := x.Session(x.table).Upsert(t.Context(), datatable.Change{Op: "op", Filter: where("new"), Set: keyed("other", 1)})
			return rowsOf(out), err
		},
		"delete": func(x *tables) ([]datatable.Row, error) {
			out, err := x.Session(x.table).Delete(t.Context(), datatable.Change{Op: "op", Filter: where("old")})
			return rowsOf(out), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			straight := newTables(t)
			straight.insert(t, "", start...)
			gave, err := do(straight)
			if err != nil {
				t.Fatal(err)
			}
			// A judge's endpoint has one world at a time: the next one takes its place.
			wantGiven, wantAll, a := keysOf(straight.text(gave)), keysOf(straight.all(t)), straight.stats(t)
			lost := 0
			for n := int64(1); n <= 3; n++ {
				x := newTables(t)
				x.insert(t, "", start...)
				x.db.in.Store(n)
				if _, err := do(x); err != nil {
					lost++
					if !fault.Is(err, fault.Unavailable) {
						t.Fatalf("answer %d lost: %v", n, err)
					}
				}
				x.db.in.Store(0)
				again, err := do(x)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(wantGiven, keysOf(x.text(again))); d != "" {
					t.Errorf("answer %d lost: it gives (-straight)\n%s", n, d)
				}
				if d := cmp.Diff(wantAll, keysOf(x.all(t))); d != "" {
					t.Errorf("answer %d lost: the table has (-straight)\n%s", n, d)
				}
				b := x.stats(t)
				if a.Rows != b.Rows || a.Bytes != b.Bytes {
					t.Errorf("answer %d lost: it counts %+v, want %+v", n, b, a)
				}
			}
			if lost == 0 {
				t.Error("no answer was lost")
			}
		})
	}
}

// keysOf leaves out the numbers of rows: those that an attempt allocated in vain are
// given to none.
func keysOf(text string) []string {
	parts := strings.Fields(text)
	for i, p := range parts {
		_, parts[i], _ = strings.Cut(p, ":")
	}
	return parts
}

// TestUpsertsThatMeetInsertOnce: of many at once with the same key one inserts.
func TestUpsertsThatMeetInsertOnce(t *testing.T) {
	x := newTables(t)
	var wg sync.WaitGroup
	var failed atomic.Int64
	for i := range 12 {
		wg.Go(func() {
			s := x.Session(x.table)
			for _, key := range []string{"a", "b", "c"} {
				for {
					_, err := s.Upsert(t.Context(), datatable.Change{Filter: where(key), Set: keyed(key, float64(i))})
					if err == nil {
						break
					}
					if !fault.Is(err, fault.Unavailable) {
						failed.Add(1)
						break
					}
				}
			}
		})
	}
	wg.Wait()
	got := keysOf(x.all(t))
	for i, k := range got {
		got[i], _, _ = strings.Cut(k, "=")
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"a", "b", "c"}, got); d != "" || failed.Load() > 0 {
		t.Errorf("%d failed; the keys are\n%s", failed.Load(), d)
	}
	if st := x.stats(t); st.Rows != 3 {
		t.Errorf("it counts %+v", st)
	}
}

func TestTheSumOfATenantIsBounded(t *testing.T) {
	x := newTables(t)
	second := x.create(t, "ten_a", "Other")
	big := strings.Repeat("x", datatable.MaxRowBytes-1000)
	fits := int(datatable.MaxBytes / int64(len(big)+200))
	for i := range fits {
		into := []datatable.Table{x.table, second}[i%2]
		if _, err := x.Insert(t.Context(), into, "", []*value.Object{keyed(big, 1)}); err != nil {
			t.Fatalf("row %d of %d: %v", i, fits, err)
		}
	}
	full := func(err error) bool {
		return fault.Is(err, fault.LimitExceeded) && fault.Of(err).Code == fault.CodePayloadTooLarge
	}
	if _, err := x.Insert(t.Context(), x.table, "", []*value.Object{keyed(big, 1), keyed(big, 2)}); !full(err) {
		t.Errorf("one row too many: %v", err)
	}
	other := x.create(t, "ten_b", "Sales")
	if _, err := x.Insert(t.Context(), other, "", []*value.Object{keyed(big, 1)}); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	if _, err := x.Drop(t.Context(), second.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Insert(t.Context(), x.table, "", []*value.Object{keyed(big, 1), keyed(big, 2)}); err != nil {
		t.Errorf("after a table was deleted: %v", err)
	}
	if _, err := x.Insert(t.Context(), x.table, "", []*value.Object{keyed(big+big, 1)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a row that is too large: %v", err)
	}
}

func TestTablesAreMadeNamedAndDropped(t *testing.T) {
	x := newTables(t)
	ctx := t.Context()
	if _, err := x.Create(ctx, datatable.NewTable{Tenant: "ten_a", Name: "Sales"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second table of the name: %v", err)
	}
	for i := range 2 { // by an attempt that is repeated
		if _, err := x.Create(ctx, datatable.NewTable{Tenant: "ten_a", ID: "dtb_again", Name: "Again"}); err != nil {
			t.Errorf("attempt %d: %v", i, err)
		}
	}
	if _, err := x.Named(ctx, "ten_a", "sALES"); err != nil {
		t.Error(err)
	}
	if _, err := x.Named(ctx, "ten_b", "Sales"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant finds it: %v", err)
	}
	if _, err := x.Tables.Table(ctx, datatable.Ref{Tenant: "ten_b", ID: x.table.ID}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant reads it: %v", err)
	}
	x.insert(t, "", keyed("a", 1))
	_, renamed, err := x.Rename(ctx, x.table.Ref, "Sold")
	if err != nil || renamed.Name != "Sold" {
		t.Fatal(err)
	}
	if _, err := x.Create(ctx, datatable.NewTable{Tenant: "ten_a", Name: "Sales"}); err != nil {
		t.Errorf("the old name is not free: %v", err)
	}
	if _, _, err := x.Rename(ctx, x.table.Ref, "Again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the name of another: %v", err)
	}
	_, x.table, err = x.DropColumn(ctx, x.table.Ref, "key")
	if err != nil {
		t.Fatal(err)
	}
	if _, x.table, err = x.AddColumn(ctx, x.table.Ref, datatable.Column{Name: "key", Type: datatable.Date}); err != nil {
		t.Fatal(err)
	}
	if got := x.all(t); got != "1:<nil>=1" {
		t.Errorf("a new column of an old name has %s", got)
	}
	if _, err := x.Drop(ctx, x.table.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Drop(ctx, x.table.Ref); !fault.Is(err, fault.NotFound) {
		t.Errorf("dropped twice: %v", err)
	}
	if _, err := x.Insert(ctx, x.table, "", []*value.Object{value.Obj("n", 1.0)}); !fault.Is(err, fault.NotFound) {
		t.Errorf("inserting into what is gone: %v", err)
	}
}

// TestRowsOfATableThatWasBegunToBeDroppedGo: the call died after its first write;
// retention removes what is left.
func TestRowsOfATableThatWasBegunToBeDroppedGo(t *testing.T) {
	x := newTables(t)
	x.insert(t, "", keyed("a", 1), keyed("b", 2))
	x.db.in.Store(1)
	if _, err := x.Drop(t.Context(), x.table.Ref); err == nil {
		t.Fatal("no answer was lost")
	}
	left := 0
	scan := func() {
		left = 0
		err := x.store.Scan(t.Context(), x.table.Ref, 0, func(datatable.Row) bool {
			left++
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if scan(); left != 2 {
		t.Fatalf("%d rows are left, want 2: the test tests nothing", left)
	}
	if err := x.store.DropLeft(t.Context(), "ten_a", func() bool { return true }); err != nil {
		t.Fatal(err)
	}
	if scan(); left != 0 {
		t.Errorf("%d rows are left", left)
	}
}

func TestSelectAnswersManyQueriesInOnePass(t *testing.T) {
	x := newTables(t)
	for i := range 30 {
		x.insert(t, "", keyed(string(rune('a'+i%3)), float64(i)))
	}
	got, err := x.Select(t.Context(), x.table, []datatable.Query{
		{Filter: where("a"), Limit: 2}, {Filter: where("b"), Limit: 2, OrderBy: "n", Descending: true}, {Filter: where("zz")}, {Limit: 1, OrderBy: "key", Descending: true},
		{Filter: datatable.Filter{Conditions: []datatable.Condition{{Column: "id", Operator: "eq", Value: 5.0}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, rows := range got {
		texts = append(texts, x.text(rows))
	}
	if d := cmp.Diff([]string{"1:a=0 4:a=3", "29:b=28 26:b=25", "", "3:c=2", "5:b=4"}, texts); d != "" {
		t.Error(d)
	}
	_, err = x.Select(t.Context(), x.table, []datatable.Query{{}, {OrderBy: "nowhere"}})
	var wrong *datatable.QueryError
	if !errors.As(err, &wrong) || wrong.Index != 1 {
		t.Errorf("a wrong query: %v", err)
	}
}
