package app

import (
	"log/slog"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes"
	"github.com/automatelanka/automatelanka/internal/sqltable"
)

// offered is what the functions that run nodes offer, by their names.
func offered(t *testing.T) map[string]node.Services {
	t.Helper()
	env := Env{
		AWS: aws.Config{Region: "eu-west-1"}, Clock: clock.Real(), Log: slog.DiscardHandler, Shared: NewShared(),
		Vars: map[string]string{
			"RUNS_TABLE": "runs", "CATALOG_TABLE": "catalog", "DATA_BUCKET": "data", "CREDENTIAL_KEY_ARN": "key",
			"OPENAI_BASE_URL": "https://api.openai.com/v1", "OPENAI_API_KEY": "k",
		},
	}
	out := map[string]node.Services{}
	for name, provide := range map[string]provider{
		"node-http": httpServices, "node-ai": aiServices, "node-code": codeServices, "node-data": dataServices(sqltable.Engine{}),
	} {
		c, s, err := provide(t.Context(), env)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name], out["advance"], out["poll"] = s, c.pureServices(), c.pollServices(env, CallerConfig{})
	}
	return out
}

// serves is the function in which the nodes of a family run (execution.asl.json).
var serves = map[node.Family]string{node.Pure: "advance", node.HTTP: "node-http", node.AI: "node-ai", node.Code: "node-code", node.Data: "node-data"}

// Each function has services of its own. A node type that needs one which its function
// lacks would work in the tests of its package, and nowhere else.
func TestEveryNodeTypeFindsItsServices(t *testing.T) {
	functions := offered(t)
	all := union(functions)
	for _, name := range lacking(all, node.Services{}) {
		t.Errorf("no function offers %s", name)
	}
	lacks := func(typ *node.Type, f node.Family, function string) {
		t.Helper()
		for _, name := range lacking(functions[function], typ.Doors(f, all)) {
			t.Errorf("%s %v runs in %s, which has no %s", typ.Spec.Type, typ.Spec.Versions, function, name)
		}
	}
	r, tools, polls := nodes.Registry(), 0, 0
	for _, name := range r.Names() {
		for _, typ := range r.All(name) {
			for _, f := range families(typ) {
				lacks(typ, f, serves[f])
				if typ.Poll != nil {
					polls++
					lacks(typ, f, "poll")
				}
			}
			if typ.Spec.ToolOf == "" {
				continue
			}
			tools++
			runs := r.Lookup(typ.Spec.ToolOf, typ.Spec.Versions[0])
			for _, f := range families(runs) {
				lacks(runs, f, serves[node.AI])
			}
		}
	}
	if tools < 50 || polls < 5 {
		t.Errorf("only %d tools and %d types that poll were looked at", tools, polls)
	}
}

// families are those in which nodes of a type may run.
func families(typ *node.Type) []node.Family {
	if (typ.Uses != nil || typ.Family != nil) && typ.Spec.Family != node.Data {
		return []node.Family{typ.Spec.Family, node.Data}
	}
	return []node.Family{typ.Spec.Family}
}

// union has each service that one of them has.
func union(of map[string]node.Services) (all node.Services) {
	to := reflect.ValueOf(&all).Elem()
	for _, s := range of {
		from := reflect.ValueOf(s)
		for i := range from.NumField() {
			if !from.Field(i).IsNil() {
				to.Field(i).Set(from.Field(i))
			}
		}
	}
	return all
}

// lacking names the services that are needed, all if none is named, and not there.
func lacking(there, needed node.Services) (names []string) {
	have, need := reflect.ValueOf(there), reflect.ValueOf(needed)
	for i := range have.NumField() {
		if have.Field(i).IsNil() && (need.IsZero() || !need.Field(i).IsNil()) {
			names = append(names, have.Type().Field(i).Name)
		}
	}
	return names
}
