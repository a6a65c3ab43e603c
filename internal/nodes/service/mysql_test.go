package service

import (
	"context"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	driver "github.com/automatelanka/automatelanka/internal/mysql"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service/servertest"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// TestMySQL shares one server, because it takes seconds to make.
func TestMySQL(t *testing.T) {
	s := servertest.MySQL(t)
	w := world{typ: "mySql", version: 2.4, services: node.Services{
		MySQL:       driver.New(safedial.New(safedial.Options{AllowHosts: []string{s.Addr()}})),
		Credentials: vault{"host": s.Host, "port": s.Port, "user": "ada", "password": "sesame", "database": "shop", "ssl": "false"},
	}}
	w.awaitSQL(t, w.services.MySQL)
	t.Run("operations", func(t *testing.T) { mySQLOperations(t, w) })
	t.Run("batching", func(t *testing.T) { mySQLBatching(t, w) })
	t.Run("version 1", func(t *testing.T) { mySQLV1Operations(t, w) })
	t.Run("failures", func(t *testing.T) { mySQLFailures(t, w) })
	t.Run("statements end with the node", func(t *testing.T) { mySQLCancels(t, w) })
}

func mySQLOperations(t *testing.T, w world) {
	one := items(t, `{"id": 1}`)
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE goods (id int PRIMARY KEY, `+"`na``me`"+` text, price decimal(10,2), extra json, at datetime, big bigint, raw blob, ok bool DEFAULT 1); CREATE TABLE other (id int)"}`, one, `[{"success":true}]`)
	const at = `"table": {"__rl": true, "mode": "list", "value": "goods"}, `
	set := func(pairs ...string) string {
		text := `"dataMode": "defineBelow", "columnToMatchOn": "id", "valueToMatchOn": 1, "valuesToSend": {"values": [`
		for i := 0; i < len(pairs); i += 2 {
			if i > 0 {
				text += ","
			}
			text += `{"column": "` + pairs[i] + `", "value": ` + pairs[i+1] + `}`
		}
		return text + `]}`
	}
	for _, step := range []struct{ parameters, want string }{
		{`{"operation": "insert", ` + at + set("id", `1`, "na`me", `"`+hostile+` \\' OR 1=1"`, "price", `12.5`, "extra", `{"k": 1}`, "at", `"2024-05-17 12:00:00"`, "big", `"9007199254740993"`, "raw", `"ab"`) + `}`, `[{"success":true}]`},
		{`{"operation": "select", ` + at + `"where": {"values": [{"column": "price", "condition": ">=", "value": "12"}]}}`,
			"[{\"id\":1,\"na`me\":\"x'); DROP TABLE goods; -- \\\\' OR 1=1\",\"price\":\"12.50\",\"extra\":\"{\\\"k\\\":1}\",\"at\":\"2024-05-17T12:00:00.000Z\",\"big\":\"9007199254740993\",\"raw\":{\"type\":\"Buffer\",\"data\":[97,98]},\"ok\":1}]"},
		{`{"operation": "update", ` + at + set("price", `99`) + `}`, `[{"success":true}]`},
		{`{"operation": "upsert", ` + at + set("ok", `false`) + `}`, `[{"success":true}]`},
		{`{"operation": "select", ` + at + `"options": {"outputColumns": ["price", "ok"], "largeNumbersOutput": "numbers"}, "sort": {"values": [{"column": "id", "direction": "DESC"}]}}`, `[{"price":99,"ok":0}]`},
		{`{"operation": "executeQuery", "query": "SELECT id, $1 AS t, {{ $json.id }} + 1 AS two, '$1' AS lit FROM $2:name WHERE id IN ($3:csv) LIMIT $4", "options": {"queryReplacement": "={{ ['a;b', 'goods', [1, 2], 5] }}"}}`, `[{"id":1,"t":"a;b","two":2,"lit":"$1"}]`},
		{`{"operation": "executeQuery", "query": "INSERT INTO other VALUES (4), (5)", "options": {"detailedOutput": true}}`, `[{"sql":"INSERT INTO other VALUES (4), (5)","data":{"fieldCount":0,"affectedRows":2,"insertId":0,"info":"","serverStatus":2,"warningStatus":0}}]`},
		{`{"operation": "executeQuery", "query": "SELECT 1 AS a; SELECT id FROM other WHERE id = 5"}`, `[{"a":1},{"id":5}]`},
		{`{"operation": "deleteTable", "table": {"value": "shop.other", "__rl": true}, "deleteCommand": "delete", "where": {"values": [{"column": "id", "value": 4}]}}`, `[{"success":true}]`},
		{`{"operation": "executeQuery", "query": "SELECT count(*) AS n FROM other"}`, `[{"n":1}]`},
		{`{"operation": "deleteTable", "table": {"value": "other", "__rl": true}}`, `[{"success":true}]`},
		{`{"operation": "select", "table": {"value": "other", "__rl": true}}`, `[]`},
	} {
		w.gives(t, step.parameters, one, step.want)
	}
}

func mySQLBatching(t *testing.T, w world) {
	one := items(t, `{}`)
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE n (id int PRIMARY KEY, v text) ENGINE=InnoDB"}`, one, `[{"success":true}]`)
	const insert = `{"operation": "insert", "table": {"value": "n", "__rl": true}`
	w.gives(t, insert+`}`, items(t, `{"id": 1}`, `{"id": 2, "v": "x"}`), `[{"success":true}]`)
	clash := items(t, `{"id": 3}`, `{"id": 1}`)
	if f := w.fails(t, insert+`, "options": {"queryBatching": "transaction"}}`, clash); f.Outcome != fault.Refused {
		t.Errorf("all was undone, but the outcome is %v", f.Outcome)
	}
	w.gives(t, `{"operation": "executeQuery", "query": "SELECT id, v FROM n ORDER BY id"}`, one, `[{"id":1,"v":null},{"id":2,"v":"x"}]`)
	w.gives(t, insert+`, "options": {"skipOnConflict": true}}`, clash, `[{"success":true}]`)
	if f := w.fails(t, insert+`, "options": {"queryBatching": "independently"}}`, items(t, `{"id": 4}`, `{"id": 1}`)); f.Outcome != fault.Unknown {
		t.Errorf("a row is in, but the outcome is %v", f.Outcome)
	}
	// A statement that commits by the way is not taken for undone.
	if f := w.fails(t, `{"operation": "executeQuery", "query": "INSERT INTO n VALUES (9, ''); CREATE TABLE m (id int); SELECT nothing"}`, one); f.Outcome != fault.Unknown {
		t.Errorf("after a commit by the way the outcome is %v", f.Outcome)
	}
}

func mySQLV1Operations(t *testing.T, w world) {
	w.version = 1
	one := items(t, `{}`)
	const ok = `"info":"","serverStatus":2,"warningStatus":0}`
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE old (id int AUTO_INCREMENT PRIMARY KEY, v text)"}`, one, `[{"fieldCount":0,"affectedRows":0,"insertId":0,`+ok+`]`)
	w.gives(t, `{"operation": "insert", "table": {"__rl": true, "mode": "name", "value": "old"}, "columns": "v", "options": {"ignore": true, "priority": "HIGH_PRIORITY"}}`,
		items(t, `{"v": "a", "w": 1}`, `{"v": "b"}`), `[{"fieldCount":0,"affectedRows":2,"insertId":1,`+ok+`]`)
	w.gives(t, `{"operation": "update", "table": "old", "columns": "v", "updateKey": "id"}`, items(t, `{"id": 2, "v": "c"}`), `[{"fieldCount":0,"affectedRows":1,"insertId":0,`+ok+`]`)
	w.gives(t, `{"operation": "executeQuery", "query": "SELECT v FROM old"}`, one, `[{"v":"a"},{"v":"c"}]`)
}

func mySQLFailures(t *testing.T, w world) {
	one := items(t, `{}`)
	good := w.services.Credentials.(vault)
	const selects = `{"operation": "executeQuery", "query": "SELECT 1"}`
	for name, c := range map[string]struct {
		field, value string
		code         fault.Code
	}{
		"wrong password": {"password", "marker-4711", fault.CodeUpstream},
		"loopback":       {"port", "1", fault.CodeAddressRefused},
		"metadata":       {"host", "169.254.169.254", fault.CodeAddressRefused},
		"mapped":         {"host", "::ffff:127.0.0.1", fault.CodeAddressRefused},
		"octal":          {"host", "0177.0.0.1", fault.CodeAddressRefused},
		"a socket":       {"host", "/run/mysqld/mysqld.sock", fault.CodeAddressRefused},
		"SSH tunnel":     {"sshTunnel", "true", fault.CodeNodeError},
		"bad CA":         {"caCertificate", "x", fault.CodeNodeError},
	} {
		fields := vault{"ssl": "false"}
		for k, v := range good {
			fields[k] = v
		}
		if fields[c.field] = c.value; c.field == "caCertificate" {
			fields["ssl"] = "true"
		}
		w.services.Credentials = fields
		if f := w.fails(t, selects, one); f.Code != c.code || f.Outcome != fault.NotSent {
			t.Errorf("%s: %v, outcome %v", name, f, f.Outcome)
		}
	}
	w.services.Credentials = good
	if f := w.fails(t, `{"operation": "executeQuery", "query": "SELEC 1"}`, one); f.Outcome != fault.Refused || f.Transient() {
		t.Errorf("a syntax error is %v", f)
	}
	if f := w.fails(t, `{"operation": "executeQuery", "query": "LOAD DATA LOCAL INFILE '/proc/self/environ' INTO TABLE n"}`, one); f.Code != fault.CodeUpstream {
		t.Errorf("reading a file of ours is %v", f)
	}
	if f := w.fails(t, `{"operation": "executeQuery", "query": "SELECT repeat('x', 1000) FROM seq_1_to_100000"}`, one); f.Code != fault.CodePayloadTooLarge {
		t.Errorf("a huge result is %v", f)
	}
}

func mySQLCancels(t *testing.T, w world) {
	connect := func() node.SQLConn {
		conn, err := w.services.MySQL.Connect(t.Context(), w.services.Credentials.(vault), node.SQLOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		return conn
	}
	conn, watch := connect(), connect()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := conn.Query(ctx, "SELECT sleep(60)", nil)
		done <- err
	}()
	sleeping := func() bool {
		res, err := watch.Query(t.Context(), "SELECT 1 FROM information_schema.processlist WHERE info = 'SELECT sleep(60)'", nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(res[0].Rows) > 0
	}
	for !sleeping() && t.Context().Err() == nil {
	}
	cancel()
	if f := fault.Of(<-done); f.Kind != fault.Timeout || f.Outcome != fault.Unknown {
		t.Errorf("the cancelled statement gives %v, outcome %v", f, f.Outcome)
	}
	for sleeping() && t.Context().Err() == nil {
	}
}
