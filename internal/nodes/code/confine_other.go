//go:build !linux

package code

import "syscall"

// confine: the limits of a child are those of Linux; elsewhere, for development,
// the interpreter's own hold alone.
func confine() {}

func separate() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func plain() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
