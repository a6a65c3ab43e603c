package code

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	MaybeRunWorker()
	if os.Getenv("CODE_TEST_MAIN") != "" {
		os.Exit(3) // a child that was made to run main would come here
	}
	goleak.VerifyTestMain(m)
}
