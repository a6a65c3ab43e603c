package drift

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// aslState is what the tests here look at in a state.
type aslState struct {
	Type       string
	Resource   string
	Parameters struct{ FunctionName string }
	Retry      []aslRule
	Catch      []aslRule
	// ItemProcessor is the inside of a Map.
	ItemProcessor struct{ States map[string]aslState }
}

type aslRule struct{ ErrorEquals []string }

// states are all states of the definition by name, those inside of the Map too.
func states(t *testing.T) map[string]aslState {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "statemachines", "execution.asl.json"))
	if err != nil {
		t.Fatal(err)
	}
	var def struct{ States map[string]aslState }
	if err := json.Unmarshal(text, &def); err != nil {
		t.Fatal(err)
	}
	all := map[string]aslState{}
	var add func(map[string]aslState)
	add = func(m map[string]aslState) {
		for name, s := range m {
			all[name] = s
			add(s.ItemProcessor.States)
		}
	}
	add(def.States)
	return all
}

// serviceErrors are the names that Step Functions and its Lambda integration emit.
// Sources: "Handling errors in Step Functions workflows"; the errors of Lambda's
// Invoke, each as Lambda.<its name>.
var serviceErrors = []string{
	"States.ALL", "States.Timeout", "States.TaskFailed", "States.Permissions", "States.HeartbeatTimeout",
	"Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
	"Lambda.Unknown", "Lambda.ResourceNotReadyException",
}

func TestEveryErrorEqualsIsANameThatSomebodyEmits(t *testing.T) {
	known := slices.Clone(serviceErrors)
	for k := fault.Internal; k <= fault.Cancelled; k++ {
		known = append(known, k.String()) // what lambdarun names an error by
	}
	for name, s := range states(t) {
		for _, r := range append(slices.Clone(s.Retry), s.Catch...) {
			for _, e := range r.ErrorEquals {
				if !slices.Contains(known, e) {
					t.Errorf("%s waits for the error %q, which nothing emits", name, e)
				}
			}
		}
	}
}

// TestNodesAreRetriedOnlyIfTheyDidNotStart: every other error goes to advance,
// which alone knows whether the node's effect may be repeated.
func TestNodesAreRetriedOnlyIfTheyDidNotStart(t *testing.T) {
	for name, s := range states(t) {
		if !strings.HasPrefix(name, "node-") {
			continue
		}
		for _, r := range s.Retry {
			if !slices.Equal(r.ErrorEquals, []string{"Lambda.TooManyRequestsException"}) {
				t.Errorf("%s is retried on %v", name, r.ErrorEquals)
			}
		}
		if len(s.Catch) != 1 || !slices.Equal(s.Catch[0].ErrorEquals, []string{"States.ALL"}) {
			t.Errorf("%s does not catch everything: %v", name, s.Catch)
		}
	}
}

// TestTasksAreNamedLikeTheFunctionsTheyCall: a task, its placeholder, the
// function's folder and the substitution in the template are one name.
func TestTasksAreNamedLikeTheFunctionsTheyCall(t *testing.T) {
	s := stack(t)
	if len(s.StateMachines) != 1 {
		t.Fatalf("the template has %d state machines", len(s.StateMachines))
	}
	folders := map[string]string{}
	for _, f := range s.Functions {
		folders[f.ARN] = folder(f)
	}
	var resolved struct{ States map[string]aslState }
	if err := json.Unmarshal(s.StateMachines[0].Definition, &resolved); err != nil {
		t.Fatal(err)
	}
	tasks := 0
	for name, st := range states(t) {
		if st.Type != "Task" {
			continue
		}
		tasks++
		var camel strings.Builder
		for part := range strings.SplitSeq(name, "-") {
			camel.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		if want := "${" + camel.String() + "FunctionArn}"; st.Parameters.FunctionName != want {
			t.Errorf("the task %s calls %s, not %s", name, st.Parameters.FunctionName, want)
		}
		if st.Resource != "arn:aws:states:::lambda:invoke" {
			t.Errorf("the task %s is a %s", name, st.Resource)
		}
	}
	inner := resolved.States["run"].ItemProcessor.States
	for name, st := range map[string]aslState{"advance": resolved.States["advance"], "node-http": inner["node-http"], "node-ai": inner["node-ai"], "node-code": inner["node-code"], "node-data": inner["node-data"]} {
		if got := folders[st.Parameters.FunctionName]; got != name {
			t.Errorf("deployed, the task %s calls the function %q", name, got)
		}
	}
	if tasks != 5 {
		t.Errorf("the definition has %d tasks; this test knows 5", tasks)
	}
}

// TestTheReadmeOfTheMachineKnowsEveryState keeps its table complete.
func TestTheReadmeOfTheMachineKnowsEveryState(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "statemachines", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range states(t) {
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("statemachines/README.md has no row for the state %s", name)
		}
	}
}
