// Package dedupe remembers which values a node or a workflow has seen, so that Remove
// Duplicates tells what is new from what earlier runs had.
//
// A check and its record are one: what a check calls new is kept with it, under the
// condition that nobody has written to the history since it was read. Of two runs
// that meet with the same value one is told that it is new. A check names its
// operation by a key, and what it was told is kept under it: a node run that is
// repeated, because it died or its answer was lost, is told the same again.
package dedupe

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/automatelanka/automatelanka/internal/anew"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// The bounds: the most values that one history may be set to remember, and of one check.
const (
	MaxHistory = 100_000
	MaxCheck   = 20_000
)

// Scope is whose history it is: a node's, or with Node "" one that all nodes of a
// workflow share.
type Scope struct {
	Tenant   ident.Tenant
	Workflow ident.Workflow
	Node     string
}

// Mode is what a history remembers.
type Mode string

// The modes: all values, or the greatest number, or the latest date.
const (
	Entries Mode = "entries"
	Number  Mode = "latestIncrementalKey"
	Date    Mode = "latestDate"
)

// Hash stands for a value: no value is kept as it is.
type Hash [16]byte

// HashOf is the hash of a value.
func HashOf(text string) Hash {
	sum := sha256.Sum256([]byte(text))
	return Hash(sum[:16])
}

// History is what is remembered.
type History struct {
	Mode   Mode  // "": nothing was seen yet
	Rev    int64 // counts the changes, through clearings too
	Hashes []Hash
	Latest float64 // of the modes Number and Date (milliseconds)
}

// Addition is what a check adds to a history.
type Addition struct {
	Op     string
	Mode   Mode
	Told   []Hash // what the check called new
	Hashes []Hash // that are new to the history
	Latest float64
}

// Store keeps histories.
type Store interface {
	History(ctx context.Context, s Scope) (History, error)
	// Told is what an operation was told; false if it never ended.
	Told(ctx context.Context, s Scope, op string) ([]Hash, bool, error)
	// Record adds to a history as it was read: ErrOvertaken if it is another by now,
	// or the operation has ended.
	Record(ctx context.Context, s Scope, was History, a Addition) error
	// Forget empties a history as it was read, for an operation; ErrOvertaken as Record.
	Forget(ctx context.Context, s Scope, was History, op string) error
}

// ErrOvertaken says that another writer was faster.
var ErrOvertaken = errors.New("the history was changed meanwhile")

// Desk is where values are checked.
type Desk struct {
	Store Store
	Clock clock.Clock
}

// Value is one value of a check, each once.
type Value struct {
	Text   string
	Number float64 // of the modes Number and Date (milliseconds)
}

// Check asks which values are new.
type Check struct {
	Scope
	Op     string // the same for every attempt of one node run
	Mode   Mode
	Values []Value
	// Items is how many items have the values, and Max how many values the history may
	// have with these, in the mode Entries.
	Items, Max int
}

// tries bounds how often a check is begun anew because others were faster.
const tries = 12

// New says of each value whether it is new, and records that it was seen. First
// reports whether there was no history before.
func (d *Desk) New(ctx context.Context, c Check) (isNew []bool, first bool, err error) {
	if len(c.Values) > MaxCheck {
		return nil, false, fault.New(fault.LimitExceeded, fault.CodeRunLimit, "%d values are compared with earlier runs; at most %d may be at once. Work in batches (Loop Over Items).", len(c.Values), MaxCheck)
	}
	err = d.again(ctx, func() error {
		told, done, err := d.Store.Told(ctx, c.Scope, c.Op)
		if err != nil {
			return err
		}
		h, err := d.Store.History(ctx, c.Scope)
		if err != nil {
			return err
		}
		if done {
			isNew = among(c.Values, told)
			return nil
		}
		a, err := c.against(h)
		if err != nil {
			return err
		}
		isNew, first = among(c.Values, a.Told), h.Mode == ""
		if len(a.Told) == 0 {
			return nil // nothing is new, and will not be
		}
		return d.Store.Record(ctx, c.Scope, h, a)
	})
	return isNew, first, err
}

// against compares with a history.
func (c Check) against(h History) (Addition, error) {
	a := Addition{Op: c.Op, Mode: c.Mode, Latest: h.Latest}
	if h.Mode != "" && h.Mode != c.Mode {
		return a, fault.New(fault.Invalid, fault.CodeNodeError,
			"What was seen is kept for another setting of \"Keep Items Where\". Clear the deduplication history first, or set it back.")
	}
	if c.Mode == Entries {
		return c.unseen(h, a)
	}
	for _, v := range c.Values {
		if h.Mode != "" && !(v.Number > h.Latest) {
			continue
		}
		a.Told = append(a.Told, HashOf(v.Text))
		if len(a.Told) == 1 || v.Number > a.Latest {
			a.Latest = v.Number
		}
	}
	return a, nil
}

func (c Check) unseen(h History, a Addition) (Addition, error) {
	if len(h.Hashes)+c.Items > c.Max {
		return a, fault.New(fault.Invalid, fault.CodeNodeError,
			"%d values were seen, and %d items come in: more than the history size of %d. Raise the history size (at most %d), or clear the deduplication history.",
			len(h.Hashes), c.Items, c.Max, MaxHistory)
	}
	seen := make(map[Hash]bool, len(h.Hashes))
	for _, x := range h.Hashes {
		seen[x] = true
	}
	for _, v := range c.Values {
		if x := HashOf(v.Text); !seen[x] {
			a.Told = append(a.Told, x)
		}
	}
	a.Hashes = a.Told
	return a, nil
}

func among(values []Value, told []Hash) []bool {
	set := make(map[Hash]bool, len(told))
	for _, x := range told {
		set[x] = true
	}
	out := make([]bool, len(values))
	for i, v := range values {
		out[i] = set[HashOf(v.Text)]
	}
	return out
}

// Clear forgets a history. An operation that was repeated clears once: what others
// recorded since stays.
func (d *Desk) Clear(ctx context.Context, s Scope, op string) error {
	return d.again(ctx, func() error {
		_, done, err := d.Store.Told(ctx, s, op)
		if err != nil || done {
			return err
		}
		h, err := d.Store.History(ctx, s)
		if err != nil || h.Mode == "" {
			return err
		}
		return d.Store.Forget(ctx, s, h, op)
	})
}

// again repeats what others have overtaken.
func (d *Desk) again(ctx context.Context, do func() error) error {
	_, err := anew.Do(ctx, anew.Rule{
		Clock: d.Clock, Tries: tries, Crowded: "Too many runs compare with this history at one moment; try again in a second.",
		Overtaken: func(err error) bool { return errors.Is(err, ErrOvertaken) },
	}, func() (struct{}, error) { return struct{}{}, do() })
	return err
}
