package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// rawResource is a resource as the templates' text has it; the tags of intrinsic
// functions are dropped.
type rawResource struct {
	file, id   string
	Type       string         `yaml:"Type"`
	Properties map[string]any `yaml:"Properties"`
}

// resources reads the resources of all templates.
func resources(t *testing.T) []rawResource {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "infra", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all []rawResource
	for _, file := range append(files, filepath.Join("..", "..", "template.yaml")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Resources map[string]rawResource `yaml:"Resources"`
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for id, r := range doc.Resources {
			r.file, r.id = filepath.Base(file), id
			all = append(all, r)
		}
	}
	return all
}

// at follows keys through maps; nil if there is nothing.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// TestEveryResourceIsKeptAsPromised holds what a deployment promises of its
// resources, whichever template they stand in.
func TestEveryResourceIsKeptAsPromised(t *testing.T) {
	rules := map[string][]struct {
		what string
		ok   func(rawResource) bool
	}{
		"AWS::DynamoDB::Table": {
			{"is encrypted with the data key", has("DataKey", "SSESpecification", "KMSMasterKeyId")},
			{"has point-in-time recovery", has(true, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")},
			{"expires items", has(true, "TimeToLiveSpecification", "Enabled")},
			{"is paid by request", has("PAY_PER_REQUEST", "BillingMode")},
		},
		"AWS::SQS::Queue": {
			{"is encrypted", has(true, "SqsManagedSseEnabled")},
			{"has a dead-letter queue, or is one", func(r rawResource) bool {
				return strings.HasSuffix(r.id, "DeadLetters") || at(r.Properties, "RedrivePolicy", "deadLetterTargetArn") != nil
			}},
			{"keeps dead letters for 14 days", func(r rawResource) bool {
				return !strings.HasSuffix(r.id, "DeadLetters") || at(r.Properties, "MessageRetentionPeriod") == 1209600
			}},
		},
		"AWS::Logs::LogGroup": {{"has an end of retention", has("LogRetentionDays", "RetentionInDays")}},
		"AWS::Serverless::Function": {
			{"logs into a group of its own", func(r rawResource) bool {
				group, _ := at(r.Properties, "LoggingConfig", "LogGroup").(string)
				return group == strings.TrimSuffix(r.id, "Function")+"Log"
			}},
			{"has a policy of its own", func(r rawResource) bool { return at(r.Properties, "Policies") != nil }},
		},
		"AWS::Serverless::StateMachine": {
			{"logs failures, without data", func(r rawResource) bool {
				l := at(r.Properties, "Logging")
				return at(l, "Level") == "ERROR" && at(l, "IncludeExecutionData") == false && at(l, "Destinations") != nil
			}},
			{"is traced", has(true, "Tracing", "Enabled")},
		},
		"AWS::S3::Bucket": {
			{"is closed to the public", has(true, "PublicAccessBlockConfiguration", "BlockPublicPolicy")},
			{"is encrypted", func(r rawResource) bool { return at(r.Properties, "BucketEncryption") != nil }},
		},
		"AWS::KMS::Key": {{"rotates", has(true, "EnableKeyRotation")}},
		"AWS::CloudWatch::Alarm": {
			{"says what to do", func(r rawResource) bool { s, _ := at(r.Properties, "AlarmDescription").(string); return len(s) > 80 }},
			{"notifies", func(r rawResource) bool { return at(r.Properties, "AlarmActions") != nil }},
		},
	}
	seen := map[string]bool{}
	for _, r := range resources(t) {
		seen[r.Type] = true
		for _, rule := range rules[r.Type] {
			if !rule.ok(r) {
				t.Errorf("%s: %s (%s) must be one that %s", r.file, r.id, r.Type, rule.what)
			}
		}
	}
	for typ := range rules {
		if !seen[typ] {
			t.Errorf("no template has a resource of type %s", typ)
		}
	}
}

func has(want any, keys ...string) func(rawResource) bool {
	return func(r rawResource) bool { return at(r.Properties, keys...) == want }
}

// TestEveryDeadLetterQueueAndPlanHasAnAlarm: what nobody is told of is lost.
func TestEveryDeadLetterQueueAndPlanHasAnAlarm(t *testing.T) {
	watched := map[string]bool{}
	for _, r := range resources(t) {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		dims, _ := at(r.Properties, "Dimensions").([]any)
		for _, d := range dims {
			name, _ := at(d, "Value").(string)
			watched[strings.TrimSuffix(name, "Name")] = true
		}
	}
	for _, r := range resources(t) {
		if r.Type == "AWS::SQS::Queue" && !watched[r.id] {
			t.Errorf("no alarm watches %s", r.id)
		}
	}
}

// TestFunctionsAreDeployedForARM: the parameter is for emulators on other machines.
func TestFunctionsAreDeployedForARM(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Globals map[string]any `yaml:"Globals"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	list, _ := at(doc.Globals, "Function", "Architectures").([]any)
	if len(list) != 1 || list[0] != "Architecture" || doc.Parameters["Architecture"].Default != "arm64" {
		t.Errorf("the functions' architecture is %v, by default %q", list, doc.Parameters["Architecture"].Default)
	}
	if at(doc.Globals, "Function", "Runtime") != "provided.al2023" {
		t.Errorf("the functions' runtime is %v", at(doc.Globals, "Function", "Runtime"))
	}
	config, err := os.ReadFile(filepath.Join("..", "..", "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []string{"dev", "staging", "prod"} {
		if !strings.Contains(string(config), "["+stage+".deploy.parameters]") || !strings.Contains(string(config), "Stage="+stage+" ") {
			t.Errorf("samconfig.toml does not deploy the stage %s", stage)
		}
	}
	if strings.Contains(string(config), "Architecture=") || strings.Contains(string(config), "cached = true") {
		t.Error("samconfig.toml must neither change the architecture nor cache builds")
	}
}
