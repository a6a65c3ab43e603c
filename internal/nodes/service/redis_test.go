package service

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service/servertest"
	driver "github.com/automatelanka/automatelanka/internal/redis"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

func redisWorld(t *testing.T) world {
	s := servertest.Redis(t)
	return world{typ: "redis", version: 1, services: node.Services{
		Redis:       driver.New(safedial.New(safedial.Options{AllowHosts: []string{s.Addr()}})),
		Credentials: vault{"host": s.Host, "port": s.Port, "password": "sesame", "database": "0", "ssl": "false"},
	}}
}

func TestRedisOperations(t *testing.T) {
	w := redisWorld(t)
	one := items(t, `{"n": 1}`)
	for _, step := range []struct{ parameters, want string }{
		{`{"operation": "set", "key": "a", "value": "hello", "keyType": "string"}`, `[{"n":1}]`},
		{`{"operation": "get", "key": "a", "propertyName": "x.y"}`, `[{"x":{"y":"hello"}}]`},
		{`{"operation": "get", "key": "a", "propertyName": "x.y", "options": {"dotNotation": false}}`, `[{"x.y":"hello"}]`},
		{`{"operation": "get", "key": "none", "propertyName": "v"}`, `[{"v":null}]`},
		{`{"operation": "set", "key": "h", "keyType": "hash", "value": "={\"p\": 1, \"q\": \"z\"}"}`, `[{"n":1}]`},
		{`{"operation": "set", "key": "h", "keyType": "hash", "valueIsJSON": false, "value": "r true"}`, `[{"n":1}]`},
		{`{"operation": "get", "key": "h", "propertyName": "v"}`, `[{"v":{"p":"1","q":"z","r":"true"}}]`},
		{`{"operation": "set", "key": "s", "keyType": "sets", "value": "only"}`, `[{"n":1}]`},
		{`{"operation": "get", "key": "s", "propertyName": "v"}`, `[{"v":["only"]}]`},
		{`{"operation": "push", "list": "l", "messageData": "={\"k\": {{ $json.n }}}", "tail": true}`, `[{"n":1}]`},
		{`{"operation": "push", "list": "l", "messageData": "first"}`, `[{"n":1}]`},
		{`{"operation": "llen", "list": "l"}`, `[{"l":2}]`},
		{`{"operation": "set", "key": "l", "keyType": "list", "value": "={{ ['changed'] }}"}`, `[{"n":1}]`},
		{`{"operation": "get", "key": "l", "propertyName": "v"}`, `[{"v":["changed","{\"k\": 1}"]}]`},
		{`{"operation": "pop", "list": "l", "tail": true, "propertyName": "v"}`, `[{"v":{"k":1}}]`},
		{`{"operation": "pop", "list": "empty", "propertyName": "v"}`, `[{"v":null}]`},
		{`{"operation": "incr", "key": "c", "expire": true, "ttl": 100}`, `[{"c":1}]`},
		{`{"operation": "incr", "key": "c"}`, `[{"c":2}]`},
		{`{"operation": "publish", "channel": "ch", "messageData": "m"}`, `[{"n":1}]`},
		{`{"operation": "delete", "key": "h"}`, `[{"n":1}]`},
		{`{"operation": "keys", "keyPattern": "[a]"}`, `[{"a":"hello"}]`},
		{`{"operation": "keys", "keyPattern": "h", "getValues": false}`, `[{"keys":[]}]`},
	} {
		w.gives(t, step.parameters, one, step.want)
	}
	out := w.execute(t, `{"operation": "info"}`, one)
	if v, _ := out.Run.Outputs[0][0].JSON.Get("connected_clients"); v != 1.0 {
		t.Errorf("INFO says %v clients", v)
	}
	if ttl := w.ttl(t, "c"); ttl <= 0 || ttl > 100 {
		t.Errorf("the counter lives %v s", ttl)
	}
}

// ttl asks beside the node.
func (w world) ttl(t *testing.T, key string) float64 {
	t.Helper()
	c, err := w.services.Redis.Connect(t.Context(), w.services.Credentials.(vault))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	v, err := c.Do(t.Context(), "TTL", key)
	if err != nil {
		t.Fatal(err)
	}
	return v.(float64)
}

func TestRedisRefusals(t *testing.T) {
	w := redisWorld(t)
	one := items(t, `{}`)
	w.gives(t, `{"operation": "push", "list": "l", "messageData": "x"}`, one, `[{}]`)
	f := w.fails(t, `{"operation": "incr", "key": "l"}`, one)
	if f.Code != fault.CodeUpstream || f.Outcome != fault.Refused || f.Transient() {
		t.Errorf("a wrong type is %v, outcome %v", f, f.Outcome)
	}
	// The first item had its effect, so the outcome of the whole run is not "nothing".
	f = w.fails(t, `{"operation": "incr", "key": "={{ $json.k }}"}`, items(t, `{"k": "good"}`, `{"k": "l"}`))
	if f.Outcome != fault.Unknown {
		t.Errorf("after a first effect the outcome is %v", f.Outcome)
	}
	w.services.Credentials = vault{"host": "127.0.0.1", "port": w.services.Credentials.(vault)["port"], "password": "wrong-secret"}
	f = w.fails(t, `{"operation": "info"}`, one)
	if f.Code != fault.CodeUpstream || f.Outcome != fault.NotSent || f.Transient() {
		t.Errorf("a wrong password is %v, outcome %v", f, f.Outcome)
	}
	for host, port := range map[string]string{"127.0.0.1": "6379", "169.254.169.254": "6379", "2130706433": "6379", "::ffff:10.0.0.1": "1"} {
		w.services.Credentials = vault{"host": host, "port": port}
		if f := w.fails(t, `{"operation": "info"}`, one); f.Code != fault.CodeAddressRefused || f.Outcome != fault.NotSent {
			t.Errorf("%s: %v", host, f)
		}
	}
}
