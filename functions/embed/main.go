// Command embed is the function of that name; internal/app builds it.
package main

import (
	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/onnxembed"
)

func main() { app.Start(app.Embed(onnxembed.Default)) }
