package onnxembed

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openIn tells the test program to be the process that Open runs in.
const openIn = "ONNXEMBED_TEST_LIBRARY"

func TestMain(m *testing.M) {
	if path, ok := os.LookupEnv(openIn); ok {
		c, err := Locate()
		if err == nil {
			c.LibraryPath = path
			_, err = Open(c)
		}
		if err != nil {
			os.Stdout.WriteString(err.Error())
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A library that is missing or wrong is seen only by a process that has loaded
// none, so each case is a process of its own.
func TestOpenWithoutTheLibrary(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, want string }{
		"missing":         {dir + "/libonnxruntime.so.1", "is missing at " + dir + "/libonnxruntime.so.1: run `make build`"},
		"not a library":   {text, "is not the ONNX Runtime that is wanted: remove it and run `make build`"},
		"none configured": {"", "run `make build`"},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), openIn+"="+test.path)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %q (%v), want it to say %q", name, out, err, test.want)
		}
	}
}
