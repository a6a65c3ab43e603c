// Command cmd imports 1,014 real n8n workflows, runs those that n8n's own
// results are known of, compares node by node and prints the differences by type.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/e2e/corpus"
	"github.com/automatelanka/automatelanka/internal/nodes"
)

func main() {
	examples := flag.Int("examples", 3, "differences to show for each node type")
	file := flag.String("file", "", "only recorded runs whose file name contains this")
	least := flag.Float64("least", 0, "fail if fewer percent of the checkable nodes agree")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := corpus.Player{Registry: nodes.Registry(), Clock: clock.Real()}.Run(ctx, *file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
	r.Print(os.Stdout, *examples)
	if r.Percent() < *least || r.Imported < r.Workflows {
		fmt.Fprintf(os.Stderr, "corpus: below the bar (all imported, %.1f %% agree)\n", *least)
		os.Exit(1)
	}
}
