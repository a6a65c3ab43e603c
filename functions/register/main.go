// Command register is the function of that name; internal/app builds it.
package main

import "github.com/automatelanka/automatelanka/internal/app"

func main() { app.Start(app.Register) }
