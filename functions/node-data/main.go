// Command node-data is the function of that name; internal/app builds it.
package main

import (
	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/sqltable"
)

func main() { app.Start(app.NodeData(sqltable.Engine{})) }
