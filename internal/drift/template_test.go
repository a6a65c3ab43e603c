package drift

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

func stack(t *testing.T) *samtemplate.Stack {
	t.Helper()
	s, err := samtemplate.Load(filepath.Join("..", "..", "template.yaml"), samtemplate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryFunctionFolderIsDeployedAndTheOtherWayRound(t *testing.T) {
	dirs, err := os.ReadDir(filepath.Join("..", "..", "functions"))
	if err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for _, d := range dirs {
		have = append(have, "functions/"+d.Name())
	}
	for _, f := range stack(t).Functions {
		want = append(want, strings.TrimSuffix(f.CodeURI, "/"))
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("functions/ has\n%v\nthe template has\n%v", have, want)
	}
}

// TestMainsAreWiringOnly keeps logic out of main.go.
func TestMainsAreWiringOnly(t *testing.T) {
	mains, _ := filepath.Glob(filepath.Join("..", "..", "functions", "*", "main.go"))
	for _, m := range mains {
		text, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 40 {
			t.Errorf("%s has %d lines; main is wiring only", m, n)
		}
	}
}

// readByLambda are variables that no configuration asks for: METRIC_NAMESPACE is read
// for every function in one place, the last by the C library.
var readByLambda = []string{"STAGE", "METRIC_NAMESPACE", "MALLOC_MMAP_THRESHOLD_"}

func TestEveryVariableOfTheTemplateIsRead(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "app", "*.go"))
	var code strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	tag := regexp.MustCompile("`env:\"([A-Z0-9_]+)")
	var asked []string
	for _, m := range tag.FindAllStringSubmatch(code.String(), -1) {
		asked = append(asked, m[1])
	}
	for _, f := range stack(t).Functions {
		for name := range f.Environment {
			if !slices.Contains(asked, name) && !slices.Contains(readByLambda, name) {
				t.Errorf("%s sets %s, which no configuration reads", f.LogicalID, name)
			}
		}
	}
}

func TestQueuesAreVisibleSixTimesAsLongAsAdmitMayTake(t *testing.T) {
	s := stack(t)
	for _, f := range s.Functions {
		if !strings.HasSuffix(strings.TrimSuffix(f.CodeURI, "/"), "/admit") {
			continue
		}
		for _, q := range s.Queues {
			if strings.Contains(q.LogicalID, "DeadLetters") {
				continue
			}
			if q.VisibilityTimeout < 6*f.Timeout {
				t.Errorf("%s: visibility %v is less than 6 times admit's timeout %v", q.LogicalID, q.VisibilityTimeout, f.Timeout)
			}
		}
	}
}
