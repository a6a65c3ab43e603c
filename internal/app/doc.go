// Package app has one constructor per function: configuration, then clients,
// then the handler. functions/<name>/main.go calls it, and so does the local
// platform; neither knows more than its name.
package app
