package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

// allowed is what each function's role may do: resource to actions. It says what
// the code calls, found by following its call graph from main; a transaction
// needs the action of each of its members. Whoever gives a function a new call
// adds it here and in the template, and nowhere else.
var allowed = map[string]map[string]string{
	"authorize": {
		"CatalogTable": "dynamodb: GetItem Query UpdateItem", // UpdateItem: when a key was last used
		"DataKey":      "kms: Decrypt",
	},
	"api": {
		// DeleteItem: out of the line. ConditionCheckItem: a slot only for what is queued. BatchWriteItem, Scan, DeleteObject: erasure.
		"RunsTable":                  "dynamodb: BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan UpdateItem",
		"CatalogTable":               "dynamodb: BatchWriteItem DeleteItem GetItem PutItem Query Scan UpdateItem",
		"CatalogTable/index/listing": "dynamodb: Query",
		"DataBucket":                 "s3: ListBucket",
		"DataBucket/*":               "s3: DeleteObject GetObject PutObject",
		"DataKey":                    "kms: Decrypt GenerateDataKey",
		"RunsTable/index/open":       "dynamodb: Query",
		"RunsTable/index/failed":     "dynamodb: Query",
		"FreeQueue":                  "sqs: GetQueueAttributes SendMessage",
		"ProQueue":                   "sqs: GetQueueAttributes SendMessage",
		"EnterpriseQueue":            "sqs: GetQueueAttributes SendMessage",
		// Receive and Delete: moving dead letters is done with the caller's rights.
		"FreeDeadLetters":       "sqs: DeleteMessage GetQueueAttributes ListMessageMoveTasks ReceiveMessage StartMessageMoveTask",
		"ProDeadLetters":        "sqs: DeleteMessage GetQueueAttributes ListMessageMoveTasks ReceiveMessage StartMessageMoveTask",
		"EnterpriseDeadLetters": "sqs: DeleteMessage GetQueueAttributes ListMessageMoveTasks ReceiveMessage StartMessageMoveTask",
		"ScheduleGroup/*":       "scheduler: CreateSchedule DeleteSchedule UpdateSchedule",
		"SchedulerRole":         "iam: PassRole",
		"CredentialKey":         "kms: GenerateDataKey", // it seals, and cannot open
		"Dashboard":             "cloudwatch: GetDashboard",
		"*":                     "cloudwatch: GetMetricData",
		"RegisterFunction":      "lambda: InvokeFunction",
	},
	"register": {
		"CatalogTable":               "dynamodb: DeleteItem GetItem UpdateItem",
		"CatalogTable/index/listing": "dynamodb: Query",
		"DataKey":                    "kms: Decrypt",
		"CredentialKey":              "kms: Decrypt GenerateDataKey",
	},
	"webhook": {
		"RunsTable":       "dynamodb: GetItem PutItem Query UpdateItem",
		"CatalogTable":    "dynamodb: GetItem Query UpdateItem", // UpdateItem: when a credential was last used
		"CredentialKey":   "kms: Decrypt",                       // what callers must show
		"DataBucket/*":    "s3: DeleteObject GetObject PutObject",
		"DataKey":         "kms: Decrypt GenerateDataKey",
		"FreeQueue":       "sqs: SendMessage",
		"ProQueue":        "sqs: SendMessage",
		"EnterpriseQueue": "sqs: SendMessage",
	},
	"schedule": {
		"RunsTable":       "dynamodb: PutItem UpdateItem", // one transaction that creates the run
		"CatalogTable":    "dynamodb: GetItem Query",
		"DataBucket/*":    "s3: GetObject PutObject",
		"DataKey":         "kms: Decrypt GenerateDataKey",
		"FreeQueue":       "sqs: SendMessage",
		"ProQueue":        "sqs: SendMessage",
		"EnterpriseQueue": "sqs: SendMessage",
	},
	"poll": {
		"RunsTable":       "dynamodb: GetItem PutItem UpdateItem",
		"CatalogTable":    "dynamodb: GetItem Query UpdateItem", // UpdateItem: tokens, and when a credential was used
		"DataBucket/*":    "s3: GetObject PutObject",
		"DataKey":         "kms: Decrypt GenerateDataKey",
		"CredentialKey":   "kms: Decrypt GenerateDataKey",
		"FreeQueue":       "sqs: SendMessage",
		"ProQueue":        "sqs: SendMessage",
		"EnterpriseQueue": "sqs: SendMessage",
	},
	"admit": {
		"RunsTable":             "dynamodb: ConditionCheckItem DeleteItem GetItem PutItem Query UpdateItem",
		"CatalogTable":          "dynamodb: GetItem Query",
		"DataKey":               "kms: Decrypt",
		"FreeQueue":             "sqs: DeleteMessage GetQueueAttributes ReceiveMessage SendMessage", // all but SendMessage: the event source's
		"ProQueue":              "sqs: DeleteMessage GetQueueAttributes ReceiveMessage SendMessage",
		"EnterpriseQueue":       "sqs: DeleteMessage GetQueueAttributes ReceiveMessage SendMessage",
		"ExecutionStateMachine": "states: StartExecution",
	},
	"advance": {
		"RunsTable":       "dynamodb: ConditionCheckItem DeleteItem GetItem PutItem Query UpdateItem",
		"CatalogTable":    "dynamodb: GetItem Query",
		"DataBucket/*":    "s3: GetObject PutObject",
		"DataKey":         "kms: Decrypt GenerateDataKey",
		"FreeQueue":       "sqs: SendMessage",
		"ProQueue":        "sqs: SendMessage",
		"EnterpriseQueue": "sqs: SendMessage",
	},
	"credential": {
		"CatalogTable":  "dynamodb: DeleteItem GetItem PutItem UpdateItem",
		"DataKey":       "kms: Decrypt",
		"CredentialKey": "kms: Decrypt GenerateDataKey",
	},
	"node-http": {
		"RunsTable":     "dynamodb: GetItem PutItem Query UpdateItem",
		"CatalogTable":  "dynamodb: GetItem UpdateItem", // UpdateItem: tokens, and when a credential was used
		"DataBucket/*":  "s3: GetObject PutObject",
		"DataKey":       "kms: Decrypt GenerateDataKey",
		"CredentialKey": "kms: Decrypt GenerateDataKey",
	},
	"node-ai": {
		"RunsTable":     "dynamodb: DeleteItem GetItem PutItem Query UpdateItem", // DeleteItem: unconfirmed usage records
		"CatalogTable":  "dynamodb: GetItem Query UpdateItem",                    // Query: the plan's budget; UpdateItem: credentials
		"DataBucket/*":  "s3: GetObject PutObject",
		"DataKey":       "kms: Decrypt GenerateDataKey",
		"DataBucket":    "s3: ListBucket", // the file space, for tools of agents
		"OpenAIKey":     "secretsmanager: GetSecretValue",
		"CredentialKey": "kms: Decrypt GenerateDataKey",
	},
	"node-code": {
		"RunsTable":    "dynamodb: GetItem PutItem Query UpdateItem",
		"CatalogTable": "dynamodb: GetItem",
		"DataBucket/*": "s3: GetObject PutObject",
		"DataKey":      "kms: Decrypt GenerateDataKey",
	},
	"node-data": {
		"RunsTable":     "dynamodb: DeleteItem GetItem PutItem Query UpdateItem", // DeleteItem: of data tables alone, by a condition
		"CatalogTable":  "dynamodb: GetItem UpdateItem",                          // UpdateItem: tokens, and when a credential was used
		"DataBucket":    "s3: ListBucket",
		"DataBucket/*":  "s3: GetObject PutObject",
		"DataKey":       "kms: Decrypt GenerateDataKey",
		"CredentialKey": "kms: Decrypt GenerateDataKey",
	},
	"embed": {
		"CatalogTable": "dynamodb: GetItem PutItem Query", // PutItem: audit records alone, by a condition
		"CatalogTable/stream/2026-01-01T00:00:00.000": "dynamodb: DescribeStream GetRecords GetShardIterator", // the event source's; the label is the local cloud's
		"DataBucket/search/*":                         "s3: DeleteObject GetObject PutObject",
		"DataBucket":                                  "s3: ListBucket",
		"DataBucket/*":                                "s3: GetObject", // large workflows
		"DataKey":                                     "kms: Decrypt GenerateDataKey",
	},
	"search": {
		"DataBucket/search/*": "s3: GetObject",
		"DataBucket":          "s3: ListBucket", // tells "missing" from "forbidden"
		"DataKey":             "kms: Decrypt",
	},
	"live": {
		"RunsTable": "dynamodb: GetItem Query",
		"RunsTable/stream/2026-01-01T00:00:00.000": "dynamodb: DescribeStream GetRecords GetShardIterator", // the event source's
		"CatalogTable":                  "dynamodb: DeleteItem GetItem PutItem Query UpdateItem", // tickets, connections, subscriptions
		"DataBucket/*":                  "s3: GetObject",
		"DataKey":                       "kms: Decrypt",
		"LiveApi/live/*/@connections/*": "execute-api: ManageConnections",
	},
	"console": {},
	"retain": {
		"RunsTable":                  "dynamodb: BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan UpdateItem",
		"CatalogTable":               "dynamodb: BatchWriteItem GetItem PutItem Query Scan UpdateItem",
		"CatalogTable/index/listing": "dynamodb: Query",
		"DataBucket":                 "s3: ListBucket",
		"DataBucket/*":               "s3: DeleteObject",
		"DataKey":                    "kms: Decrypt",
		"FreeQueue":                  "sqs: SendMessage",
		"ProQueue":                   "sqs: SendMessage",
		"EnterpriseQueue":            "sqs: SendMessage",
		"ScheduleGroup/*":            "scheduler: DeleteSchedule",
	},
	"sweep": {
		"RunsTable":            "dynamodb: ConditionCheckItem DeleteItem GetItem PutItem Query UpdateItem",
		"RunsTable/index/open": "dynamodb: Query",
		"CatalogTable":         "dynamodb: GetItem Query",
		"DataBucket/*":         "s3: GetObject",
		"DataKey":              "kms: Decrypt",
		"FreeQueue":            "sqs: SendMessage",
		"ProQueue":             "sqs: SendMessage",
		"EnterpriseQueue":      "sqs: SendMessage",
	},
}

func TestEachRoleAllowsWhatItsFunctionUses(t *testing.T) {
	s := stack(t)
	got := map[string]map[string]string{}
	for _, f := range s.Functions {
		got[folder(f)] = grants(t, s, f)
	}
	if d := cmp.Diff(allowed, got); d != "" {
		t.Errorf("roles (-expected, +template):\n%s", d)
	}
}

// statement is one statement of a policy.
type statement struct {
	Effect    string
	Action    words
	Resource  words
	Condition map[string]map[string]string
}

// words is a text or a list of texts.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

func statements(t *testing.T, f samtemplate.Function) []statement {
	t.Helper()
	var policies []struct{ Statement []statement }
	if err := json.Unmarshal(f.Policies, &policies); err != nil {
		t.Fatalf("%s: policies: %v", f.LogicalID, err)
	}
	var all []statement
	for _, p := range policies {
		all = append(all, p.Statement...)
	}
	return all
}

// unnamed are the actions whose resources cannot be named (service authorization
// reference, CloudWatch).
var unnamed = words{"cloudwatch:GetMetricData"}

// grants is the policy of a function as the table has it.
func grants(t *testing.T, s *samtemplate.Stack, f samtemplate.Function) map[string]string {
	t.Helper()
	actions := map[string][]string{}
	for _, st := range statements(t, f) {
		if st.Effect != "Allow" || slices.Contains(st.Resource, "*") && !slices.Equal(st.Action, unnamed) {
			t.Errorf("%s: a statement must allow actions on named resources: %+v", f.LogicalID, st)
		}
		if slices.Contains(st.Action, "iam:PassRole") && st.Condition["StringEquals"]["iam:PassedToService"] != "scheduler.amazonaws.com" {
			t.Errorf("%s may pass a role to any service", f.LogicalID)
		}
		for _, r := range st.Resource {
			name := resourceName(s, r)
			actions[name] = append(actions[name], st.Action...)
		}
	}
	out := map[string]string{}
	for name, list := range actions {
		slices.Sort(list)
		service, _, _ := strings.Cut(list[0], ":")
		for i := range list {
			list[i] = strings.TrimPrefix(list[i], service+":")
		}
		out[name] = fmt.Sprintf("%s: %s", service, strings.Join(slices.Compact(list), " "))
	}
	return out
}

// resourceName is the logical name of the resource behind an ARN, with what follows it.
func resourceName(s *samtemplate.Stack, arn string) string {
	for name, known := range arns(s) {
		if rest, ok := strings.CutPrefix(arn, known); ok && (rest == "" || rest[0] == '/') {
			return name + rest
		}
	}
	if _, role, ok := strings.Cut(arn, ":role/"); ok { // roles have no place in the stack that the local cloud reads
		if _, id, ok := strings.Cut(role, "-"); ok {
			return id
		}
		return role
	}
	return arn
}

// arns are the stack's resources by logical name.
func arns(s *samtemplate.Stack) map[string]string {
	out := map[string]string{}
	for _, r := range s.Tables {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.Queues {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.Buckets {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.Keys {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.Secrets {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.StateMachines {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.Functions {
		out[r.LogicalID] = r.ARN
	}
	for _, r := range s.WebSocketAPIs {
		out[r.LogicalID] = fmt.Sprintf("arn:aws:execute-api:%s:%s:%s", s.Region, s.AccountID, r.ID)
	}
	for _, r := range s.Dashboards {
		out[r.LogicalID] = fmt.Sprintf("arn:aws:cloudwatch::%s:dashboard/%s", s.AccountID, r.Name)
	}
	for _, r := range s.ScheduleGroups {
		out[r.LogicalID] = strings.Replace(r.ARN, ":schedule-group/", ":schedule/", 1)
	}
	return out
}

// folder is the name of a function's folder.
func folder(f samtemplate.Function) string { return strings.TrimPrefix(f.CodeURI, "functions/") }
