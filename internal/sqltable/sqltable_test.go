package sqltable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

func objects(t *testing.T, text string) []*value.Object {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []*value.Object
	for _, x := range v.([]any) {
		out = append(out, x.(*value.Object))
	}
	return out
}

func inputs(t *testing.T) [][]*value.Object {
	return [][]*value.Object{
		objects(t, `[{"id": 1, "name": "Ada", "tags": ["a", "b"], "active": true}, {"id": 2, "name": "Bob", "active": false, "score": 1.5}, {"id": 3, "name": "Cy", "Order": "x"}]`),
		objects(t, `[{"id": 10, "owner": 1, "title": "first", "at": {"x": 1}}, {"id": 11, "owner": 1, "title": "second"}, {"id": 12, "owner": 3, "title": null}]`),
	}
}

func TestQueries(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT * FROM input1 ORDER BY id`: `[{"id":1,"name":"Ada","tags":["a","b"],"active":true},{"id":2,"name":"Bob","active":false,"score":1.5},{"id":3,"name":"Cy","Order":"x"}]`,
		`SELECT input1.name, input2.title FROM input1 LEFT JOIN input2 ON input1.id = input2.owner ORDER BY 1, 2;`:                                          `[{"name":"Ada","title":"first"},{"name":"Ada","title":"second"},{"name":"Bob"},{"name":"Cy"}]`,
		"SELECT name AS n, -- a comment; with a semicolon\n IF(score IS NOT NULL, true, false) AS exist /* ; */ FROM input1":                                `[{"n":"Ada","exist":false},{"n":"Bob","exist":true},{"n":"Cy","exist":false}]`,
		`SELECT CASE WHEN id > 2 THEN true ELSE false END AS big FROM input1 WHERE active = true OR id = 3`:                                                 `[{"big":false},{"big":true}]`,
		`SELECT ROW_NUMBER() AS number, name FROM input1`:                                                                                                   `[{"number":1,"name":"Ada"},{"number":2,"name":"Bob"},{"number":3,"name":"Cy"}]`,
		`SELECT ROW_NUMBER() OVER (ORDER BY name DESC) AS number, name FROM input1 LIMIT 1`:                                                                 `[{"number":1,"name":"Cy"}]`,
		`SELECT COUNT(*) AS n, SUM(id) s, AVG(id) a FROM input1`:                                                                                            `[{"n":3,"s":6,"a":2}]`,
		`SELECT "Order", 'it''s; fine' AS t FROM input1 WHERE "Order" IS NOT NULL`:                                                                          `[{"Order":"x","t":"it's; fine"}]`,
		`SELECT tags ->> 0 AS first, json_array_length(tags) AS n FROM input1 WHERE id = 1`:                                                                 `[{"first":"a","n":2}]`,
		`SELECT at FROM input2 WHERE at IS NOT NULL`:                                                                                                        `[{"at":{"x":1}}]`,
		`WITH own AS (SELECT owner, COUNT(*) AS n FROM input2 GROUP BY owner) SELECT name, n FROM own JOIN input1 ON input1.id = own.owner ORDER BY n DESC`: `[{"name":"Ada","n":2},{"name":"Cy","n":1}]`,
		`SELECT name || '!' AS shout, 7/2 AS half, 1-1 AS z FROM input1 WHERE id<>1 AND name LIKE 'b%'`:                                                     `[{"shout":"Bob!","half":3.5,"z":0}]`,
		`SELECT input1.name, input2.none FROM input1 LEFT JOIN input2 ON input1.id = input2.nobody WHERE input1.id = 1`:                                     `[{"name":"Ada"}]`,
		`SELECT name FROM input1 WHERE id = 99`:                                                                                                             `[]`,
	} {
		rows, err := Engine{}.Query(t.Context(), inputs(t), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		list := []any{}
		for _, o := range rows {
			list = append(list, o)
		}
		if got := string(value.JSON(list)); got != want {
			t.Errorf("%s\ngives %s\nnot   %s", query, got, want)
		}
	}
}

// What AlaSQL gave for these queries; it tells null from what is not there, which
// are one here.
func TestJoinsMeetByText(t *testing.T) {
	in := [][]*value.Object{
		objects(t, `[{"id": 1, "name": "A"}, {"id": "2", "name": "B"}, {"name": "D"}]`),
		objects(t, `[{"owner": "1", "t": "x"}, {"owner": 2, "t": "y"}, {"t": "w"}]`),
	}
	for query, want := range map[string]string{
		`SELECT input1.name, input2.t FROM input1 LEFT JOIN input2 ON input1.id = input2.owner`:    `[{"name":"A","t":"x"},{"name":"B","t":"y"},{"name":"D","t":"w"}]`,
		`SELECT a.name, b.t FROM input1 a INNER JOIN input2 b ON a.id = b.owner WHERE b.t <> 'y'`:  `[{"name":"A","t":"x"},{"name":"D","t":"w"}]`,
		`SELECT COUNT(*) AS n FROM input1 JOIN input2 ON input1.nope = input2.nada`:                `[{"n":9}]`,
		`SELECT name FROM input1 WHERE id = 1`:                                                     `[{"name":"A"}]`,
		`SELECT 7/2 AS h, 7 % 2 AS m, 6/-4 AS n FROM input1 LIMIT 1`:                               `[{"h":3.5,"m":1,"n":-1.5}]`,
		"SELECT input1.name FROM input1 JOIN input2 ON input1.name = input2.`t` OR input2.t = 'x'": `[{"name":"A"},{"name":"B"},{"name":"D"}]`,
	} {
		rows, err := Engine{}.Query(t.Context(), in, query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		list := []any{}
		for _, o := range rows {
			list = append(list, o)
		}
		if got := string(value.JSON(list)); got != want {
			t.Errorf("%s\ngives %s\nnot   %s", query, got, want)
		}
	}
}

func TestEmptyInputsAreTables(t *testing.T) {
	rows, err := Engine{}.Query(t.Context(), [][]*value.Object{objects(t, `[{"a": 1}]`), nil}, `SELECT * FROM input1 WHERE NOT EXISTS (SELECT 1 FROM input2)`)
	if err != nil || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
}

// What is not a question about the inputs is refused, however it is written.
func TestNothingButReadingTheInputs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "stolen.db")
	for _, query := range []string{
		`ATTACH '` + file + `' AS f`, `SELECT 1; ATTACH '` + file + `' AS f`, "SELECT 1 /* x */;\nVACUUM INTO '" + file + `'`, `VACUUM INTO '` + file + `'`,
		`PRAGMA hard_heap_limit = 1`, `SELECT * FROM pragma_database_list`, `SELECT * FROM pragma_table_info('input1')`, `SELECT * FROM sqlite_master`, `SELECT name FROM sqlite_schema`,
		`SELECT load_extension('x')`, `CREATE TABLE x (a)`, `DROP TABLE input1`, `DELETE FROM input1`, `WITH x AS (SELECT 1) DELETE FROM input1`, `INSERT INTO input1 (id) VALUES (1)`,
		`WITH x AS (SELECT 1) UPDATE input1 SET id = 1 RETURNING *`, `EXPLAIN SELECT 1`, `BEGIN`, `SELECT readfile('/etc/passwd')`, `SELECT writefile('` + file + `', 'x')`, ``, ` ; `, `-- only`,
		`SELECT 'open`, `SELECT * FROM input9`, `SELECT nothing FROM input1`, `SELECT zeroblob(2000000000)`, `SELECT ` + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), strings.Repeat("x", maxQuery+1),
	} {
		rows, err := Engine{}.Query(t.Context(), inputs(t), query)
		if err == nil {
			t.Errorf("%.80s gave %d rows", query, len(rows))
		} else if f := fault.Of(err); f.Kind == fault.Internal || f.Transient() {
			t.Errorf("%.80s: %v (%v)", query, err, f.Kind)
		}
	}
	if found, _ := os.ReadDir(dir); len(found) > 0 {
		t.Errorf("a file was made: %v", found)
	}
}

func TestAResultThatIsTooLargeIsRefused(t *testing.T) {
	endless := `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n`
	if _, err := (Engine{}).Query(t.Context(), inputs(t), endless); fault.Of(err) == nil || fault.Of(err).Code != fault.CodePayloadTooLarge {
		t.Errorf("%v", err)
	}
}

func TestAQueryThatNeedsTooMuchMemoryIsRefused(t *testing.T) {
	hungry := `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100) SELECT length(y) FROM (SELECT hex(zeroblob(7000000)) || x AS y FROM n ORDER BY 1)`
	if rows, err := (Engine{}).Query(t.Context(), inputs(t), hungry); err == nil || !strings.Contains(err.Error(), "more than 256 MB") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func FuzzPrepare(f *testing.F) {
	for _, s := range []string{`SELECT 1`, `select 'a;b' -- c`, `SELECT [a;b]`, `SELECT x'00', 1.5e3;`, "SELECT `a` /*", `WITH a AS (SELECT true) SELECT row_number() FROM a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := prepare(s, nil)
		if err != nil {
			return
		}
		for _, token := range tokenize(text) {
			if token == ";" {
				t.Errorf("%q became several statements: %q", s, text)
			}
		}
	})
}
