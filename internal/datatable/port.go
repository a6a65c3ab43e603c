package datatable

import (
	"context"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// Tables is the store of tables.
type Tables interface {
	// Table reads one with its counters, consistently; fault.NotFound.
	Table(ctx context.Context, ref Ref) (Table, error)
	// Tables reads all of a tenant's, without their counters, in the order of their ids.
	Tables(ctx context.Context, t ident.Tenant) ([]Table, error)
	// MakeTable keeps a new one; fault.Conflict if another has the name,
	// fault.LimitExceeded if there are MaxTables. One that is there with the same id is
	// left as it is.
	MakeTable(ctx context.Context, t Table) error
	// ChangeTable writes name and columns over the revision that was read;
	// fault.Conflict if another writer was faster, or another table has the name.
	ChangeTable(ctx context.Context, before, after Table) error
	// DropTable removes a table with its rows. Nobody finds it from the first write on;
	// if there is more than can be removed in a while, or the call dies, retention
	// removes what is left.
	DropTable(ctx context.Context, t Table) error
}

// Rows is the store of rows. Refs of tables that are gone give fault.NotFound.
type Rows interface {
	// Row reads one, consistently; fault.NotFound.
	Row(ctx context.Context, ref Ref, id int64) (Row, error)
	// Scan calls fn for each row after one, in the order of their numbers, until it
	// returns false.
	Scan(ctx context.Context, ref Ref, after int64, fn func(Row) bool) error
	// Allocate gives the first of n numbers that no row has or ever had.
	Allocate(ctx context.Context, ref Ref, n int) (int64, error)
	// Entries are what an operation has written, in order.
	Entries(ctx context.Context, ref Ref, op string) ([]Entry, error)
	// Write applies all of a batch, or nothing: ErrTold, ErrOvertaken,
	// fault.NotFound, fault.LimitExceeded if the tenant's rows would be too many bytes.
	Write(ctx context.Context, ref Ref, b Batch) error
}

var (
	// ErrTold says that the batch's entry is there: another attempt wrote it.
	ErrTold = errors.New("the operation has written this already")
	// ErrOvertaken says that a row, or the table's version, is not as it was read.
	ErrOvertaken = errors.New("the row was changed meanwhile")
)

// MaxBatch is how many rows one batch may have.
const MaxBatch = 90

// MaxBatchBytes is about how many bytes of rows one batch may have.
const MaxBatchBytes = 2 << 20

// Kind says what an entry's batch did.
type Kind string

// The kinds of entries.
const (
	Inserted Kind = "inserted"
	Updated  Kind = "updated"
	Deleted  Kind = "deleted"
)

// Entry is what one batch of an operation wrote.
type Entry struct {
	Op   string
	N    int // of the batch within the operation
	Kind Kind
	At   time.Time
	IDs  []int64 // of the rows
	Rows []Row   // of deletions: as they were
}

// Batch are writes that happen together.
type Batch struct {
	Entry Entry
	Puts  []Put
	Drops []Row // as they were read
	// IfVersion, unless it is negative, is the table's version that must not have moved.
	IfVersion int64
}

// Put writes a row: a new one if Rev is 0, else over the revision that was read.
type Put struct {
	Row   Row
	Delta int64 // by how many bytes the tenant's sum changes
}
