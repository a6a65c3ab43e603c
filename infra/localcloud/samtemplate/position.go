package samtemplate

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// Position is a place in a template: file, and line and column counted from 1.
type Position struct {
	File   string
	Line   int
	Column int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Error is a fault in a template and the place where it is.
type Error struct {
	Position Position
	Message  string
}

func (e *Error) Error() string { return e.Position.String() + ": " + e.Message }

// faults collects all errors of a template, so that one reading shows them all.
type faults struct {
	list []error
}

func (f *faults) add(p Position, format string, args ...any) {
	e := &Error{Position: p, Message: fmt.Sprintf(format, args...)}
	same := func(o error) bool { return o.Error() == e.Error() }
	if !slices.ContainsFunc(f.list, same) {
		f.list = append(f.list, e)
	}
}

func (f *faults) err() error { return errors.Join(f.list...) }

func positionOf(file string, n *yaml.Node) Position {
	return Position{File: filepath.ToSlash(file), Line: n.Line, Column: n.Column}
}
