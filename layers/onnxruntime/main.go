// Command onnxruntime prepares ONNX Runtime's shared library: for this machine
// and for the Lambda layer.
//
//	go run ./layers/onnxruntime fetch             all pinned libraries into build/onnxruntime/<os>-<arch>/
//	go run ./layers/onnxruntime check FILE...     fail if a file needs a newer glibc than Amazon Linux 2023 has
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "onnxruntime:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to do: fetch or check")
	}
	switch args[0] {
	case "fetch":
		flags := flag.NewFlagSet("fetch", flag.ContinueOnError)
		dir := flags.String("out", "build/onnxruntime", "folder for the libraries")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		f := fetcher{dir: *dir, pins: pins, tarballSHA512: tarballSHA512, pack: npmPack, out: out}
		return f.fetch(ctx)
	case "check":
		return check(args[1:], out)
	}
	return fmt.Errorf("unknown command %q: it is fetch or check", args[0])
}
