package service

import (
	"context"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/service/servertest"
	driver "github.com/automatelanka/automatelanka/internal/postgres"
	"github.com/automatelanka/automatelanka/internal/safedial"
)

// TestPostgres shares one server, because it takes seconds to make.
func TestPostgres(t *testing.T) {
	s := servertest.Postgres(t)
	w := world{typ: "postgres", version: 2.6, services: node.Services{
		Postgres:    driver.New(safedial.New(safedial.Options{AllowHosts: []string{s.Addr()}})),
		Credentials: vault{"host": s.Host, "port": s.Port, "user": "ada", "password": "sesame", "database": "postgres", "ssl": "allow"},
	}}
	w.awaitSQL(t, w.services.Postgres)
	t.Run("operations", func(t *testing.T) { postgresOperations(t, w) })
	t.Run("data is never evaluated", func(t *testing.T) { postgresData(t, w) })
	t.Run("batching", func(t *testing.T) { postgresBatching(t, w) })
	t.Run("old versions", func(t *testing.T) { postgresOldVersions(t, w) })
	t.Run("failures", func(t *testing.T) { postgresFailures(t, w) })
	t.Run("statements end with the node", func(t *testing.T) { postgresCancels(t, w) })
}

const hostile = `x'); DROP TABLE goods; --`

func postgresOperations(t *testing.T, w world) {
	one := items(t, `{"id": 1}`)
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE goods (id int PRIMARY KEY, \"na\"\"me\" text, price numeric(10,2), tags text[], extra jsonb, at timestamptz, ok boolean DEFAULT true); CREATE TABLE other (id int)"}`, one, `[{"success":true}]`)
	columns := func(mode, more string) string {
		return `"columns": {"mappingMode": "` + mode + `", "matchingColumns": ["id"], "value": {` + more + `}}`
	}
	at := `"table": {"__rl": true, "mode": "list", "value": "goods"}, "schema": {"__rl": true, "mode": "list", "value": "public"}, `
	for _, step := range []struct{ parameters, want string }{
		{`{"operation": "insert", ` + at + columns("defineBelow", `"id": "={{ $json.id }}", "na\"me": "`+hostile+`", "price": 12.5, "tags": ["a", "b \"c\"", null], "extra": {"k": [1, "2"]}, "at": "2024-05-17T12:00:00+02:00"`) + `}`,
			`[{"id":1,"na\"me":"x'); DROP TABLE goods; --","price":"12.50","tags":["a","b \"c\"",null],"extra":{"k":[1,"2"]},"at":"2024-05-17T10:00:00.000Z","ok":true}]`},
		{`{"operation": "insert", ` + at + columns("defineBelow", `"id": 1, "ok": false`) + `, "options": {"skipOnConflict": true}}`, `[{"success":true}]`},
		{`{"operation": "upsert", ` + at + columns("defineBelow", `"id": 1, "ok": false`) + `, "options": {"outputColumns": ["id", "ok"]}}`, `[{"id":1,"ok":false}]`},
		{`{"operation": "update", ` + at + columns("defineBelow", `"id": 1, "price": "99"`) + `, "options": {"outputColumns": ["price"], "largeNumbersOutput": "numbers"}}`, `[{"price":99}]`},
		{`{"operation": "update", ` + at + columns("defineBelow", `"id": 7, "price": 1`) + `}`, `[{"success":true}]`},
		{`{"operation": "select", ` + at + `"where": {"values": [{"column": "na\"me", "condition": "equal", "value": "` + hostile + `"}, {"column": "price", "condition": ">", "value": "98"}]}, "sort": {"values": [{"column": "id", "direction": "DESC"}]}, "options": {"outputColumns": ["id"]}}`, `[{"id":1}]`},
		{`{"operation": "select", ` + at + `"where": {"values": [{"column": "id", "condition": "equal", "value": "1 OR 1=1"}]}, "combineConditions": "OR", "options": {"outputColumns": ["id"], "queryBatching": "single"}}`, ``},
		{`{"operation": "select", ` + at + `"where": {"values": [{"column": "price", "condition": "IS NULL"}]}}`, `[]`},
		{`{"operation": "executeQuery", "query": "SELECT id, {{ $json.id }} + 1 AS two, $1 AS t, $2::int + 1 AS n, '$1' AS lit FROM $3:name WHERE id IN ($4:csv)", "options": {"queryReplacement": "={{ 'a,b' }}, 41, goods, {{ [1, 2] }}"}}`, `[{"id":1,"two":2,"t":"a,b","n":42,"lit":"$1"}]`},
		{`{"operation": "executeQuery", "query": "INSERT INTO other VALUES ($1); SELECT id FROM other WHERE id = $1", "options": {"queryReplacement": "={{ [5] }}"}}`, `[{"id":5}]`},
		{`{"operation": "executeQuery", "query": "SELECT $1::jsonb AS j, $2::date AS d, $3::text IS NULL AS nil, array[[1,2],[3,4]] AS m, 'ab'::bytea AS b, 9007199254740993 AS big, 'NaN'::float8 AS nan", "options": {"queryReplacement": "={{ [{a: 1}, '2024-05-17', null] }}"}}`,
			`[{"j":{"a":1},"d":"2024-05-17T00:00:00.000Z","nil":true,"m":[[1,2],[3,4]],"b":{"type":"Buffer","data":[97,98]},"big":"9007199254740993","nan":"NaN"}]`},
		{`{"operation": "executeQuery", "query": "SELECT 1 WHERE false"}`, `[]`},
		{`{"operation": "deleteTable", ` + at + `"deleteCommand": "delete", "where": {"values": [{"column": "id", "value": 8}]}}`, `[{"success":true}]`},
		{`{"operation": "deleteTable", "table": {"__rl": true, "value": "other"}}`, `[{"success":true}]`},
		{`{"operation": "executeQuery", "query": "SELECT (SELECT count(*)::int FROM goods) AS goods, (SELECT count(*)::int FROM other) AS other"}`, `[{"goods":1,"other":0}]`},
		{`{"operation": "deleteTable", "table": {"__rl": true, "value": "other"}, "deleteCommand": "drop"}`, `[{"success":true}]`},
	} {
		if step.want == "" {
			if f := w.fails(t, step.parameters, one); f.Code != fault.CodeUpstream || f.Outcome != fault.Refused {
				t.Errorf("%s gives %v", step.parameters, f)
			}
			continue
		}
		w.gives(t, step.parameters, one, step.want)
	}
}

// What an item holds is a value even where it looks like an expression or SQL.
func postgresData(t *testing.T, w world) {
	w.version = 2.5
	in := items(t, `{"q": "{{ 1 + 1 }}", "s": "1; SELECT 2 AS x"}`)
	w.gives(t, `{"operation": "executeQuery", "query": "=SELECT '{{ $json.q }}' AS a"}`, in, `[{"a":"{{ 1 + 1 }}"}]`)
	w.gives(t, `{"operation": "executeQuery", "query": "SELECT $1 AS a, $2 AS b", "options": {"queryReplacement": "={{ $json.s }},{{ $json.q }}"}}`, in,
		`[{"a":"1; SELECT 2 AS x","b":"{{ 1 + 1 }}"}]`)
	for _, bad := range []string{`SELECT $1:raw`, `SELECT $1:value`, `SELECT $2`} {
		if f := w.fails(t, `{"operation": "executeQuery", "query": "`+bad+`", "options": {"queryReplacement": "x"}}`, in); f.Code != fault.CodeNodeError {
			t.Errorf("%s gives %v", bad, f)
		}
	}
}

func postgresBatching(t *testing.T, w world) {
	one := items(t, `{}`)
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE n (id int PRIMARY KEY)"}`, one, `[{"success":true}]`)
	count := func(want string) {
		t.Helper()
		w.gives(t, `{"operation": "executeQuery", "query": "SELECT count(*)::int AS n FROM n"}`, one, `[{"n":`+want+`}]`)
	}
	insert := func(mode string) string {
		return `{"operation": "executeQuery", "query": "INSERT INTO n VALUES ($1) RETURNING id", "options": {"queryReplacement": "={{ [$json.id] }}", "queryBatching": "` + mode + `"}}`
	}
	clash := items(t, `{"id": 1}`, `{"id": 2}`, `{"id": 1}`, `{"id": 3}`)
	for _, mode := range []string{"single", "transaction"} {
		f := w.fails(t, insert(mode), clash)
		if f.Outcome != fault.Refused {
			t.Errorf("%s: all was undone, but the outcome is %v", mode, f.Outcome)
		}
		count("0")
	}
	if f := w.fails(t, insert("independently"), clash); f.Outcome != fault.Unknown {
		t.Errorf("independently: two rows are in, but the outcome is %v", f.Outcome)
	}
	count("2")
	w.settings = `, "onError": "continueRegularOutput"`
	w.gives(t, `{"operation": "executeQuery", "query": "DELETE FROM n"}`, one, `[{"success":true}]`)
	out := w.execute(t, insert("independently"), clash)
	if got := out.Run.Outputs[0]; len(got) != 4 || got[3].Paired[0].Item != 3 {
		t.Errorf("continuing gives %+v", got)
	}
	count("3")
	w.settings = ""
	// A text that ends the transaction itself is not taken for undone.
	f := w.fails(t, `{"operation": "executeQuery", "query": "INSERT INTO n VALUES ($1); COMMIT; SELECT nothing", "options": {"queryReplacement": "9"}}`, one)
	if f.Outcome != fault.Unknown {
		t.Errorf("after a COMMIT of its own the outcome is %v", f.Outcome)
	}
}

func postgresOldVersions(t *testing.T, w world) {
	w.version = 2
	one := items(t, `{"id": 1, "v": "a"}`)
	w.gives(t, `{"operation": "executeQuery", "query": "CREATE TABLE k (id int PRIMARY KEY, v text)"}`, one, `[{"success":true}]`)
	w.gives(t, `{"operation": "insert", "schema": "public", "table": "k", "dataMode": "autoMapInputData"}`, one, `[{"id":1,"v":"a"}]`)
	w.gives(t, `{"operation": "upsert", "schema": "public", "table": "k", "dataMode": "defineBelow", "columnToMatchOn": "id", "valueToMatchOn": "={{ $json.id }}", "valuesToSend": {"values": [{"column": "v", "value": "b"}]}}`, one, `[{"id":1,"v":"b"}]`)
	w.version = 1
	w.gives(t, `{"operation": "insert", "table": "k", "columns": "id, v:text", "returnFields": "id"}`, items(t, `{"id": 2, "v": "x"}`, `{"id": 3}`), `[{"id":2},{"id":3}]`)
	w.gives(t, `{"operation": "update", "table": "k", "columns": "v", "updateKey": "id", "returnFields": "*"}`, items(t, `{"id": 3, "v": "y"}`), `[{"id":3,"v":"y"}]`)
	w.gives(t, `{"operation": "executeQuery", "query": "SELECT v FROM k WHERE id = $1", "additionalFields": {"queryParams": "id"}}`, items(t, `{"id": 3}`), `[{"v":"y"}]`)
	for typ, insert := range map[string]string{"timescaleDb": `[{"id":4}]`, "crateDb": `[{"id":4}]`, "questDb": `[{"id":1},{"id":2},{"id":3},{"id":4}]`} {
		like := w
		like.typ = typ
		like.gives(t, `{"operation": "executeQuery", "query": "DELETE FROM k WHERE id = 4"}`, one, `[]`)
		like.gives(t, `{"operation": "insert", "schema": "public", "table": "k", "columns": "id", "returnFields": "id"}`, items(t, `{"id": 4}`), insert)
		const days = `{"operation": "executeQuery", "query": "SELECT DATE '2024-05-17' AS d, '2024-05-17T10:00:00Z'::timestamptz AS t"}`
		like.gives(t, days, one, `[{"d":"2024-05-17T00:00:00.000Z","t":"2024-05-17T10:00:00.000Z"}]`)
		like.version = 1.1
		like.gives(t, days, one, `[{"d":"2024-05-17","t":"2024-05-17T10:00:00.000Z"}]`)
		if update := `{"operation": "update", "schema": "public", "table": "k", "columns": "v", "returnFields": "v"}`; typ == "questDb" {
			like.fails(t, update, items(t, `{"id": 4, "v": "q"}`))
		} else {
			like.gives(t, update, items(t, `{"id": 4, "v": "q"}`), `[{"v":"q"}]`)
		}
	}
	f := w.fails(t, `{"operation": "insert", "table": "k", "columns": "id:int) SELECT 1; --"}`, one)
	if f.Code != fault.CodeUpstream || f.Outcome != fault.Refused {
		t.Errorf("a type that is none gives %v", f)
	}
}

func postgresFailures(t *testing.T, w world) {
	one := items(t, `{}`)
	good := w.services.Credentials.(vault)
	run := func(change map[string]string, parameters string) *fault.Error {
		t.Helper()
		fields := vault{}
		for k, v := range good {
			fields[k] = v
		}
		for k, v := range change {
			fields[k] = v
		}
		w.services.Credentials = fields
		return w.fails(t, parameters, one)
	}
	const selects = `{"operation": "executeQuery", "query": "SELECT 1"}`
	for name, c := range map[string]struct {
		change map[string]string
		code   fault.Code
	}{
		"wrong password":   {map[string]string{"password": "marker-4711"}, fault.CodeUpstream},
		"no TLS there":     {map[string]string{"ssl": "require"}, fault.CodeUpstream},
		"loopback":         {map[string]string{"port": "1"}, fault.CodeAddressRefused},
		"metadata":         {map[string]string{"host": "169.254.169.254"}, fault.CodeAddressRefused},
		"mapped":           {map[string]string{"host": "::ffff:127.0.0.1"}, fault.CodeAddressRefused},
		"decimal":          {map[string]string{"host": "2130706433"}, fault.CodeAddressRefused},
		"a socket":         {map[string]string{"host": "/var/run/postgresql"}, fault.CodeAddressRefused},
		"several hosts":    {map[string]string{"host": "127.0.0.1,10.0.0.1"}, fault.CodeAddressRefused},
		"SSH tunnel":       {map[string]string{"sshTunnel": "true"}, fault.CodeNodeError},
		"no port number":   {map[string]string{"port": "x"}, fault.CodeNodeError},
		"unknown database": {map[string]string{"database": "nowhere"}, fault.CodeUpstream},
	} {
		f := run(c.change, selects)
		if f.Code != c.code || f.Outcome != fault.NotSent {
			t.Errorf("%s: %v, outcome %v", name, f, f.Outcome)
		}
		if strings.Contains(f.Message, "marker-4711") {
			t.Errorf("%s: the message shows the password: %s", name, f.Message)
		}
	}
	if f := run(nil, `{"operation": "executeQuery", "query": "SELEC 1"}`); f.Code != fault.CodeUpstream || f.Outcome != fault.Refused || f.Transient() {
		t.Errorf("a syntax error is %v", f)
	}
	if f := run(nil, `{"operation": "executeQuery", "query": "SELECT repeat('x', 1000) FROM generate_series(1, 100000)"}`); f.Code != fault.CodePayloadTooLarge {
		t.Errorf("a huge result is %v", f)
	}
	if f := run(nil, `{"operation": "executeQuery", "query": "SELECT pg_terminate_backend(pg_backend_pid())"}`); f.Kind != fault.Unavailable {
		t.Errorf("a lost connection is %v, outcome %v", f, f.Outcome)
	}
}

// A statement that takes too long is cancelled at the server, not only forgotten.
func postgresCancels(t *testing.T, w world) {
	conn, err := w.services.Postgres.Connect(t.Context(), w.services.Credentials.(vault), node.SQLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := conn.Query(ctx, "SELECT pg_sleep(60)", nil)
		done <- err
	}()
	watch, err := w.services.Postgres.Connect(t.Context(), w.services.Credentials.(vault), node.SQLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	sleeping := func() bool {
		res, err := watch.Query(t.Context(), "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'", nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(res[0].Rows) > 0
	}
	for !sleeping() && t.Context().Err() == nil {
	}
	cancel()
	if f := fault.Of(<-done); f.Kind != fault.Timeout || f.Outcome != fault.Refused {
		t.Errorf("the cancelled statement gives %v, outcome %v", f, f.Outcome)
	}
	for sleeping() && t.Context().Err() == nil {
	}
}
