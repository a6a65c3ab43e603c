package usage

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestPriceThatAnOperatorSetsHoldsWithinFiveSeconds(t *testing.T) {
	c := clock.NewManual(day("2025-09-01"))
	var set []Price
	var down error
	reads := 0
	l := &PriceList{
		Base: Builtin(), Clock: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Load: func(context.Context) ([]Price, error) { reads++; return set, down },
	}
	cost := func() int64 {
		micro, _ := l.Table().Cost(workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 1_000_000}, node.Units{}, c.Now())
		return micro
	}
	if got := cost(); got != 150_000 {
		t.Fatalf("the price that comes with the program: %d", got)
	}
	set = []Price{
		{Model: "gpt-4o-mini", From: day("2025-08-01"), Input: 7_000_000},
		{Model: "gpt-4o-mini", From: day("2026-01-01"), Input: 9_000_000}, // not yet
	}
	c.Advance(5 * time.Second)
	if got := cost(); got != 7_000_000 {
		t.Errorf("after five seconds: %d", got)
	}
	down = errors.New("down")
	c.Advance(5 * time.Second)
	if got := cost(); got != 7_000_000 {
		t.Errorf("while the store is down: %d", got)
	}
	before := reads
	for range 100 {
		cost()
	}
	if reads != before {
		t.Errorf("%d reads for 100 calls in one moment", reads-before)
	}
}

func TestPricesHoldFromTheProgramWhileTheStoreWasNeverRead(t *testing.T) {
	l := &PriceList{
		Base: Builtin(), Clock: clock.NewManual(day("2025-09-01")), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Load: func(context.Context) ([]Price, error) { return nil, errors.New("down") },
	}
	if l.Table() != l.Base {
		t.Error("another table")
	}
}
