package node

import (
	"errors"

	"github.com/automatelanka/automatelanka/internal/expr"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Failure is an error of a node run with its place. Nodes return it through
// AtItem; a plain *fault.Error does as well where there is no item.
type Failure struct {
	Err    *fault.Error
	Item   int // -1 if none in particular
	Line   int // of a Code node's source, 0 if none
	Detail string
	Child  string // the run of another workflow whose failure it is
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the *fault.Error.
func (f *Failure) Unwrap() error { return f.Err }

// Errorf is a failure that the workflow's author can mend: NODE_ERROR.
func Errorf(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, fault.CodeNodeError, format, args...)
}

// AtItem says which item failed. An item that err names already is kept; nil stays nil.
func AtItem(item int, err error) error {
	if err == nil {
		return nil
	}
	f := failureOf(err)
	if f.Item < 0 {
		f.Item = item
	}
	return &f
}

// Replaced puts another fault in the place of an error's, which keeps item, line,
// detail and whose failure it is.
func Replaced(err error, by *fault.Error) error {
	f := failureOf(err)
	f.Err = by
	return &f
}

// WithDetail adds a second line: what to do, or the other side's answer.
func WithDetail(err error, detail string) error {
	f := failureOf(err)
	f.Detail = detail
	return &f
}

// DetailOf is the second line of an error, "" if it has none.
func DetailOf(err error) string { return failureOf(err).Detail }

// ItemOf is the item that an error names, -1 if it names none.
func ItemOf(err error) int { return failureOf(err).Item }

func failureOf(err error) Failure {
	var f *Failure
	if errors.As(err, &f) {
		return *f
	}
	return Failure{Err: fault.Of(err), Item: -1, Line: expr.Line(err), Detail: expr.Detail(err)}
}

// shape turns an error into what a checkpoint keeps.
func shape(err error) (*workflow.NodeError, *fault.Error) {
	f := failureOf(err)
	return &workflow.NodeError{
		Code: f.Err.Code, Message: fault.Shorten(f.Err.Message, fault.MaxMessage), Detail: fault.Shorten(f.Detail, fault.MaxMessage),
		Item: f.Item, Line: f.Line, Child: f.Child,
	}, f.Err
}

// WithOutcome changes what is known of a failure's effect; an unknown one stays unknown.
func WithOutcome(err error, o fault.Outcome) error {
	f := *fault.Of(err)
	if f.Outcome != fault.Unknown {
		f.Outcome = o
	}
	var place *Failure
	if !errors.As(err, &place) {
		return &f
	}
	moved := *place
	moved.Err = &f
	return &moved
}
