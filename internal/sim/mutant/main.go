// Command mutant asks whether the simulation would find bugs: it breaks one rule of
// the protocol after the other, in a copy that only the compiler sees, and plays
// schedules until one fails. A rule that can be broken unseen needs a promise that
// the simulation checks.
//
//	go run ./internal/sim/mutant [-schedules 400] [-only part of a name]
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// mutant is one broken rule: in a file, a text that stands there once, and what
// stands there instead.
type mutant struct {
	rule      string // as the mutant breaks it
	file      string
	old, text string
	by        string // the test that finds it, as package.Test; "" for the schedules
}

func main() {
	schedules := flag.Int("schedules", 400, "schedules to play with each mutant")
	only := flag.String("only", "", "play the mutants whose rule contains this")
	flag.Parse()
	missed := 0
	for _, m := range mutants {
		if !strings.Contains(m.rule, *only) {
			continue
		}
		f, err := play(m, *schedules)
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.rule, err)
			os.Exit(2)
		case f == nil:
			missed++
			fmt.Printf("%-70s  NOT FOUND %s\n", m.rule, m.sought(*schedules))
		case m.by != "":
			fmt.Printf("%-70s  found by %s\n", m.rule, m.by)
		default:
			fmt.Printf("%-70s  found in schedule %d: %s\n", m.rule, f.schedule, f.broken)
		}
	}
	if missed > 0 {
		os.Exit(1)
	}
}

// found is the first schedule that failed, and the first promise that was broken in it.
type found struct {
	schedule int
	broken   string
}

// sought is where the mutant was looked for.
func (m mutant) sought(schedules int) string {
	if m.by != "" {
		return "by " + m.by
	}
	return fmt.Sprintf("in %d schedules", schedules)
}

// play builds the simulation, or the package of the mutant's own test, with the mutant
// and runs it; nil if nothing failed.
func play(m mutant, schedules int) (*found, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(dir)
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "sim.test")
	folder, args := "internal/sim", []string{"-test.run", "TestSimulation$", "-test.v", "-sim.failures", "1", "-sim.schedules", strconv.Itoa(schedules)}
	if m.by != "" {
		test := ""
		folder, test, _ = strings.Cut(m.by, ".")
		args = []string{"-test.run", "^" + test + "$", "-test.v"}
	}
	if out, err := exec.Command("go", "test", "-overlay", overlay, "-c", "-o", binary, "./"+folder).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("it does not build: %s", out)
	}
	run := exec.Command(binary, args...)
	run.Dir = folder
	out, err := run.CombinedOutput()
	switch {
	case m.by != "":
		return m.judged(out)
	case err == nil:
		return nil, nil
	}
	return firstFailure(out)
}

// judged tells of the mutant's own test; one that does not run finds nothing.
func (m mutant) judged(out []byte) (*found, error) {
	_, test, _ := strings.Cut(m.by, ".")
	switch {
	case bytes.Contains(out, []byte("--- FAIL: "+test+" ")):
		return &found{broken: test}, nil
	case bytes.Contains(out, []byte("--- PASS: "+test+" ")):
		return nil, nil
	}
	return nil, fmt.Errorf("%s did not run:\n%s", m.by, out[max(0, len(out)-2000):])
}

// overlay writes the mutant, and the file that tells the compiler of it.
func (m mutant) overlay(dir string) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(m.old)); n != 1 {
		return "", fmt.Errorf("%s has the text of the rule %d times, not once; bring the mutant up to date", m.file, n)
	}
	mutated := filepath.Join(dir, "mutated.go")
	if err := os.WriteFile(mutated, bytes.Replace(source, []byte(m.old), []byte(m.text), 1), 0o600); err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

var failed = regexp.MustCompile(`seed (\d+):\n\s*(.+)\n`)

func firstFailure(out []byte) (*found, error) {
	match := failed.FindSubmatch(out)
	if match == nil {
		return nil, errors.New("the simulation failed without a schedule:\n" + string(out[max(0, len(out)-2000):]))
	}
	seed, err := strconv.Atoi(string(match[1]))
	return &found{seed + 1, string(match[2])}, err
}
