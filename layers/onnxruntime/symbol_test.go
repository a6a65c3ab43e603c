package main

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	root = "../.."
	// lambdaLimit is Lambda's limit for a function and its layers, unzipped
	// (Lambda developer guide, "Lambda quotas").
	lambdaLimit = 250 << 20
	// functionShare is left for the function itself.
	functionShare = 60 << 20
)

func library(t *testing.T, p pin) string {
	t.Helper()
	path := filepath.Join(root, "build/onnxruntime", p.platform, p.file)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: run `make build`", err)
	}
	return path
}

func TestLibrariesArePinnedAndFitLambda(t *testing.T) {
	for _, p := range pins {
		path := library(t, p)
		sum, err := fileSum(path, sha256.New())
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(sum); got != p.sha256 {
			t.Errorf("%s has sha256 %s, pinned is %s: run `make build`", path, got, p.sha256)
		}
		if !strings.HasPrefix(p.platform, "linux-") {
			continue
		}
		need, err := glibcNeed(path)
		if err != nil {
			t.Fatal(err)
		}
		if compareVersions(need, maxGlibc) > 0 {
			t.Errorf("%s needs GLIBC_%s, Lambda has %s", path, need, maxGlibc)
		}
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if soname, err := f.DynString(elf.DT_SONAME); err != nil || !slices.Equal(soname, []string{p.file}) {
			t.Errorf("%s calls itself %v, %v", path, soname, err)
		}
	}
}

func TestLayersAreUnderTheLimit(t *testing.T) {
	for _, p := range pins {
		total := int64(functionShare)
		for _, path := range []string{library(t, p), root + "/layers/minilm/model.onnx", root + "/layers/minilm/weights.bin", root + "/layers/minilm/vocab.txt"} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			total += info.Size()
		}
		if total > lambdaLimit {
			t.Errorf("%s: layers and function have %d MB, the limit is %d", p.platform, total>>20, lambdaLimit>>20)
		}
	}
}

// A function with cgo must run on Lambda whatever machine builds it. Without zig
// nothing can be deployed, so this test is left out there; CI has zig.
func TestCgoFunctionFitsLambda(t *testing.T) {
	zigcc, err := filepath.Abs("zigcc.sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(zigcc, "-E", "-x", "c", "/dev/null").Run(); err != nil {
		t.Skip("zig is missing (pip install ziglang): functions with cgo cannot be built for Lambda here")
	}
	for _, arch := range []string{"arm64", "amd64"} {
		program := filepath.Join(t.TempDir(), "bootstrap")
		cmd := exec.Command("go", "build", "-o", program, "./layers/onnxruntime/testdata/embed")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH="+arch, "CC="+zigcc)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", arch, err, out)
		}
		if err := check([]string{program}, io.Discard); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckNamesWhatIsTooNew(t *testing.T) {
	need, err := glibcNeed(library(t, pins[0]))
	if err != nil {
		t.Fatal(err)
	}
	if need != "2.27" {
		t.Errorf("the x86-64 library needs GLIBC_%s, README says 2.27", need)
	}
	if err := check([]string{"symbol.go"}, io.Discard); err == nil {
		t.Error("a source file passed for a program")
	}
	for _, v := range [][2]string{{"2.4", "2.34"}, {"2.34", "2.35"}, {"2.34", "2.34.1"}, {"0", "2.2.5"}} {
		if compareVersions(v[0], v[1]) >= 0 {
			t.Errorf("%s is not before %s", v[0], v[1])
		}
	}
}
