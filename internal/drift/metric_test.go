package drift

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/telemetry"
)

// services are the namespaces of AWS itself, with what is read of them.
var services = map[string]string{
	"AWS/SQS":    "ApproximateAgeOfOldestMessage/QueueName ApproximateNumberOfMessagesVisible/QueueName",
	"AWS/Lambda": "Errors/FunctionName Throttles/FunctionName Duration/FunctionName",
	"AWS/States": "ExecutionsFailed/StateMachineArn ExecutionsTimedOut/StateMachineArn",
}

// reading is a metric that a dashboard or an alarm reads.
type reading struct{ where, namespace, name, dimension string }

var search = regexp.MustCompile(`SEARCH\('\{"?([^,"]+)"?,([^}]+)\} MetricName="([^"]+)"`)

// dashboardReadings are the metrics of the dashboard's widgets.
func dashboardReadings(t *testing.T, body string) (all []reading) {
	t.Helper()
	var doc struct {
		Widgets []struct {
			Properties struct {
				Title   string
				Metrics [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatalf("the dashboard's body is no JSON: %v", err)
	}
	for _, w := range doc.Widgets {
		for _, m := range w.Properties.Metrics {
			if e, ok := m[0].(map[string]any); ok {
				found := search.FindStringSubmatch(e["expression"].(string))
				if found == nil {
					t.Fatalf("%s: %v is not understood", w.Properties.Title, e)
				}
				all = append(all, reading{w.Properties.Title, found[1], found[3], found[2]})
				continue
			}
			all = append(all, reading{w.Properties.Title, m[0].(string), m[1].(string), m[2].(string)})
		}
	}
	return all
}

// TestEveryMetricThatIsReadIsEmitted: dashboards and alarms over metrics that
// nobody writes stay empty, and look as if all were well.
func TestEveryMetricThatIsReadIsEmitted(t *testing.T) {
	emitted := map[string]bool{}
	namespace, name := namespaceOf(t), stack(t).Name
	ofStack := func(text string) string { return strings.ReplaceAll(text, "${StackName}", name) }
	for _, m := range telemetry.Metrics() {
		emitted[namespace+" "+m.Name+"/"+m.Dimension] = true
	}
	for ns, names := range services {
		for name := range strings.FieldsSeq(names) {
			emitted[ns+" "+name] = true
		}
	}
	var read []reading
	for _, r := range resources(t) {
		switch r.Type {
		case "AWS::CloudWatch::Dashboard":
			read = append(read, dashboardReadings(t, ofStack(at(r.Properties, "DashboardBody").(string)))...)
		case "AWS::CloudWatch::Alarm":
			dims, _ := at(r.Properties, "Dimensions").([]any)
			if len(dims) != 1 {
				t.Errorf("%s has %d dimensions; our metrics have one", r.id, len(dims))
				continue
			}
			read = append(read, reading{r.id, ofStack(at(r.Properties, "Namespace").(string)), at(r.Properties, "MetricName").(string), at(dims[0], "Name").(string)})
			if text, _ := at(r.Properties, "AlarmDescription").(string); len(text) < 80 {
				t.Errorf("%s does not say what to do: %q", r.id, text)
			}
		}
	}
	if len(read) < 50 {
		t.Fatalf("only %d metrics are read; has the dashboard gone?", len(read))
	}
	used := map[string]bool{}
	for _, r := range read {
		key := r.namespace + " " + r.name + "/" + r.dimension
		used[r.name] = true
		if !emitted[key] {
			t.Errorf("%s reads %s, which nobody emits", r.where, key)
		}
	}
	for _, m := range telemetry.Metrics() {
		if !used[m.Name] && m.Name != "initMs" {
			t.Errorf("nobody looks at the metric %s", m.Name)
		}
	}
}

// namespaceOf is the namespace that all functions of the stack write their metrics in;
// it has the stack's name, so that stages in one account do not mix.
func namespaceOf(t *testing.T) string {
	t.Helper()
	s := stack(t)
	want := telemetry.Namespace + "/" + s.Name
	for _, f := range s.Functions {
		if got := f.Environment["METRIC_NAMESPACE"]; got != want {
			t.Errorf("%s writes its metrics in %q, not in %q", f.LogicalID, got, want)
		}
	}
	return want
}

// TestEveryEventOfTheRecorderIsWritten: a metric of an event that no function
// writes is none.
func TestEveryEventOfTheRecorderIsWritten(t *testing.T) {
	var code strings.Builder
	for _, f := range sources(t) {
		if !f.test && !strings.HasPrefix(f.dir, "internal/telemetry") {
			code.WriteString(f.text)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "telemetry", "recorder.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^func \(r \*Recorder\) ([A-Z]\w*)`).FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(code.String(), "."+m[1]+"(") {
			t.Errorf("nobody calls Recorder.%s", m[1])
		}
	}
}
