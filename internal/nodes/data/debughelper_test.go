package data

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

func TestDebugHelper(t *testing.T) {
	in := `[{"json":{"k":1}}]`
	if o := run(t, "debugHelper", 1, `{"throwErrorMessage":"on purpose"}`, in); o.Run.Error == nil || o.Run.Error.Message != "on purpose" {
		t.Errorf("%+v", o.Run.Error)
	}
	if o := run(t, "debugHelper", 1, `{"category":"doNothing"}`, in); string(value.JSON(o.Run.Outputs[0][0].JSON)) != `{"k":1}` {
		t.Errorf("%+v", o.Run.Outputs)
	}
	for kind, field := range map[string]string{
		"user": "password", "address": "street", "creditCard": "number", "email": "confirmed", "ipv4": "ip", "ipv6": "ipv6", "macAddress": "mac",
		"nanoId": "nanoId", "url": "url", "uuid": "uuid", "semver": "semver", "version": "version", "number": "number", "coordinates": "latitude",
	} {
		give := func(seed string) string {
			o := run(t, "debugHelper", 1, `{"category":"randomData","randomDataCount":3,"randomDataType":"`+kind+`","randomDataSeed":"`+seed+`"}`, in)
			if o.Run.Error != nil || len(o.Run.Outputs[0]) != 3 || node.Get(o.Run.Outputs[0][0].JSON, field, "") == "" {
				t.Fatalf("%s: %+v %+v", kind, o.Run.Error, o.Run.Outputs)
			}
			return node.Get(o.Run.Outputs[0][0].JSON, field, "") + node.Get(o.Run.Outputs[0][1].JSON, field, "") + node.Get(o.Run.Outputs[0][2].JSON, field, "")
		}
		if a, again := give("a"), give("a"); a != again {
			t.Errorf("%s: one seed gave %q and %q", kind, a, again)
		}
	}
	if a, b := run(t, "debugHelper", 1, `{"category":"randomData","randomDataType":"uuid","randomDataSingleArray":true}`, in), run(t, "debugHelper", 1, `{"category":"randomData","randomDataType":"uuid","randomDataSingleArray":true}`, in); string(value.JSON(a.Run.Outputs[0][0].JSON)) == string(value.JSON(b.Run.Outputs[0][0].JSON)) {
		t.Error("without a seed the items are the same twice")
	}
	for _, p := range []string{`{"category":"oom"}`, `{"category":"randomData","randomDataCount":1e9}`, `{"category":"randomData","randomDataType":"planet"}`} {
		if o := run(t, "debugHelper", 1, p, in); o.Run.Error == nil {
			t.Errorf("%s does not fail", p)
		}
	}
}

func TestTrainingCustomers(t *testing.T) {
	in := `[{"json":{}}]`
	for p, want := range map[string]int{`{}`: 1, `{"operation":"getAllPeople"}`: 5, `{"operation":"getAllPeople","limit":2}`: 2, `{"operation":"getAllPeople","returnAll":true,"limit":2}`: 5} {
		o := run(t, "n8nTrainingCustomerDatastore", 1, p, in)
		if o.Run.Error != nil || len(o.Run.Outputs[0]) != want || !strings.Contains(string(value.JSON(o.Run.Outputs[0][0].JSON)), `"name":"Jay Gatsby"`) {
			t.Errorf("%s: %+v %+v", p, o.Run.Error, o.Run.Outputs)
		}
	}
}
