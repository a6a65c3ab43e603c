package main

import (
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxGlibc is the version of glibc in Amazon Linux 2023, the base of the
// provided.al2023 runtime (its package list: glibc 2.34).
const maxGlibc = "2.34"

// check fails if a file needs a newer glibc than maxGlibc.
func check(files []string, out io.Writer) error {
	if len(files) == 0 {
		return fmt.Errorf("check: name the files")
	}
	for _, file := range files {
		need, err := glibcNeed(file)
		if err != nil {
			return err
		}
		if compareVersions(need, maxGlibc) > 0 {
			return fmt.Errorf("%s needs GLIBC_%s, but Lambda has %s: build it with layers/onnxruntime/zigcc.sh", file, need, maxGlibc)
		}
		fmt.Fprintf(out, "%s: GLIBC_%s or newer\n", file, need)
	}
	return nil
}

// glibcNeed returns the newest version of glibc that a program or library asks
// for, "0" if none.
func glibcNeed(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	need, err := f.DynamicVersionNeeds()
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	newest := "0"
	for _, lib := range need {
		for _, dep := range lib.Needs {
			if v, ok := strings.CutPrefix(dep.Dep, "GLIBC_"); ok && compareVersions(v, newest) > 0 {
				newest = v
			}
		}
	}
	return newest, nil
}

// compareVersions orders dotted numbers: 2.4 before 2.34.
func compareVersions(a, b string) int {
	numbers := func(s string) []int {
		var out []int
		for part := range strings.SplitSeq(s, ".") {
			n, _ := strconv.Atoi(part)
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(numbers(a), numbers(b))
}
