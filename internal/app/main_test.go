package app

import (
	"os"
	"testing"

	"github.com/automatelanka/automatelanka/internal/nodes/code"
)

func TestMain(m *testing.M) {
	code.MaybeRunWorker() // functions that run code start this program again
	os.Exit(m.Run())
}
