// Command embed is a smallest program with ONNX Runtime: what cgo makes of it
// must run on Lambda. It prints the vector's length for its argument.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/automatelanka/automatelanka/internal/onnxembed"
)

func main() {
	c, err := onnxembed.Locate()
	if err == nil {
		err = embed(c, strings.Join(os.Args[1:], " "))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func embed(c onnxembed.Config, text string) error {
	e, err := onnxembed.Open(c)
	if err != nil {
		return err
	}
	defer e.Close()
	v, err := e.Embed(context.Background(), text)
	if err != nil {
		return err
	}
	fmt.Println(len(v[0]))
	return nil
}
