package vectorstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// database keeps the statements that it gets, and answers by their beginning.
type database struct {
	got     []string
	answers map[string][]*value.Object
	fails   error
}

func (d *database) Query(_ context.Context, text string, args []any) ([]node.SQLResult, error) {
	d.got = append(d.got, fmt.Sprint(text, " ", args))
	if d.fails != nil {
		return nil, d.fails
	}
	for begin, rows := range d.answers {
		if strings.HasPrefix(text, begin) {
			return []node.SQLResult{{Rows: rows}}, nil
		}
	}
	return []node.SQLResult{{}}, nil
}

func (d *database) Close() {}

func (d *database) ran(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(d.got, want) {
		t.Errorf("ran\n%s\nwant\n%s", strings.Join(d.got, "\n"), strings.Join(want, "\n"))
	}
}

const makeTable = `CREATE TABLE IF NOT EXISTS "docs"."it""s" ("id" uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, "text" text, "metadata" jsonb, "embedding" vector) []`

func TestPGVector(t *testing.T) {
	d := &database{answers: map[string][]*value.Object{"SELECT": {value.Obj("content", "one", "metadata", value.Obj("k", "v"), "distance", 0.25)}}}
	p := &PGVector{Conn: d, Table: `docs.it"s`, Columns: DefaultColumns, Operator: "<=>"}
	if err := p.Insert(t.Context(), two(t)); err != nil {
		t.Fatal(err)
	}
	got, err := p.Search(t.Context(), Query{Vector: []float32{1, 0.5}, Limit: 3, Filter: object(t, `{"k'":"v"}`)})
	if want := `[{"content":"one","metadata":{"k":"v"},"score":0.25}]`; err != nil || shown(got) != want {
		t.Errorf("%s %v", shown(got), err)
	}
	d.ran(t, makeTable,
		`INSERT INTO "docs"."it""s" ("id", "text", "metadata", "embedding") VALUES ($1, $2, $3, $4), ($5, $6, $7, $8) ON CONFLICT ("id") DO UPDATE SET "text" = EXCLUDED."text", "metadata" = EXCLUDED."metadata", "embedding" = EXCLUDED."embedding" [id-1 one {"a":{"b":[1,"x"]},"n":null} [1,0.5] id-2 two {} [0,2]]`,
		`SELECT "text" AS content, "metadata" AS metadata, "embedding" <=> $1::vector AS distance FROM "docs"."it""s" WHERE ("metadata"->>$3::text) = $4::text ORDER BY distance ASC LIMIT $2::bigint [[1,0.5] 3 k' v]`,
	)
}

func TestPGVectorCollection(t *testing.T) {
	d := &database{answers: map[string][]*value.Object{"SELECT uuid": {value.Obj("uuid", "c-1")}}}
	p := &PGVector{Conn: d, Table: "t", Columns: Columns{"a", "b", "c", "d"}, Operator: "<->", Collection: &Collection{"n8n", "sets"}, CreateExtension: true}
	if err := p.Insert(t.Context(), two(t)[1:]); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Search(t.Context(), Query{Vector: []float32{1}, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	d.ran(t, "CREATE EXTENSION IF NOT EXISTS vector []",
		`CREATE TABLE IF NOT EXISTS "t" ("a" uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, "c" text, "d" jsonb, "b" vector) []`,
		`CREATE TABLE IF NOT EXISTS "sets" (uuid uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, name character varying, cmetadata jsonb) []`,
		`ALTER TABLE "t" ADD COLUMN IF NOT EXISTS collection_id uuid REFERENCES "sets"(uuid) ON DELETE CASCADE []`,
		`SELECT uuid FROM "sets" WHERE name = $1 ORDER BY uuid LIMIT 1 [n8n]`,
		`INSERT INTO "t" ("a", "c", "d", "b", "collection_id") VALUES ($1, $2, $3, $4, $5) ON CONFLICT ("a") DO UPDATE SET "c" = EXCLUDED."c", "d" = EXCLUDED."d", "b" = EXCLUDED."b", "collection_id" = EXCLUDED."collection_id" [id-2 two {} [0,2] c-1]`,
		`SELECT "c" AS content, "d" AS metadata, "b" <-> $1::vector AS distance FROM "t" WHERE collection_id = $3::uuid ORDER BY distance ASC LIMIT $2::bigint [[1] 1 c-1]`,
	)
}

func TestPGVectorWithoutTheExtension(t *testing.T) {
	d := &database{fails: fault.New(fault.Invalid, fault.CodeUpstream, `type "vector" does not exist`)}
	err := (&PGVector{Conn: d, Table: "t", Columns: DefaultColumns, Operator: "<=>"}).Insert(t.Context(), two(t))
	if err == nil || !strings.Contains(node.DetailOf(err), "CREATE EXTENSION vector") {
		t.Errorf("%v", err)
	}
}
