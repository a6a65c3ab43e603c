// Command node-ai is the function of that name; internal/app builds it. The pool
// of child processes for agents' code starts this same program again.
package main

import (
	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/nodes/code"
)

func main() {
	code.MaybeRunWorker()
	app.Start(app.NodeAI)
}
