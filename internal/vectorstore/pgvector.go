package vectorstore

import (
	"context"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// PGVector is a table of a PostgreSQL server with the extension pgvector. Names
// are quoted, values always go beside the statement.
type PGVector struct {
	Conn       node.SQLConn
	Table      string // may have a schema: schema.table
	Columns    Columns
	Operator   string // of pgvector: <=> (cosine), <#> (inner product), <-> (Euclidean)
	Collection *Collection
	// CreateExtension makes the extension if it is not there, which asks for a superuser.
	CreateExtension bool

	collectionID string
	ready        bool
}

var _ Store = (*PGVector)(nil)

// Columns are the table's columns.
type Columns struct{ ID, Vector, Content, Metadata string }

// DefaultColumns are n8n's.
var DefaultColumns = Columns{ID: "id", Vector: "embedding", Content: "text", Metadata: "metadata"}

// Collection groups documents of one table; it is a row of a table of its own.
type Collection struct{ Name, Table string }

// Operators of pgvector by n8n's names of distances.
var Operators = map[string]string{"cosine": "<=>", "innerProduct": "<#>", "euclidean": "<->"}

// Quoted writes a name, or a schema and a name.
func Quoted(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// ensure makes the tables if they do not exist.
func (p *PGVector) ensure(ctx context.Context) error {
	if p.ready {
		return nil
	}
	if p.CreateExtension {
		if err := p.run(ctx, "CREATE EXTENSION IF NOT EXISTS vector"); err != nil {
			return err
		}
	}
	c := p.Columns
	err := p.run(ctx, "CREATE TABLE IF NOT EXISTS "+Quoted(p.Table)+" ("+Quoted(c.ID)+" uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, "+
		Quoted(c.Content)+" text, "+Quoted(c.Metadata)+" jsonb, "+Quoted(c.Vector)+" vector)")
	if err != nil {
		if strings.Contains(err.Error(), `type "vector" does not exist`) {
			return node.WithDetail(refusal("The database has no extension pgvector."), "Run CREATE EXTENSION vector in it as a superuser, or switch on 'Create Extension'.")
		}
		return err
	}
	if p.Collection != nil {
		if err := p.ensureCollection(ctx); err != nil {
			return err
		}
	}
	p.ready = true
	return nil
}

func (p *PGVector) ensureCollection(ctx context.Context) error {
	table := Quoted(p.Collection.Table)
	for _, text := range []string{
		"CREATE TABLE IF NOT EXISTS " + table + " (uuid uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, name character varying, cmetadata jsonb)",
		"ALTER TABLE " + Quoted(p.Table) + " ADD COLUMN IF NOT EXISTS collection_id uuid REFERENCES " + table + "(uuid) ON DELETE CASCADE",
	} {
		if err := p.run(ctx, text); err != nil {
			return err
		}
	}
	for range 2 {
		res, err := p.Conn.Query(ctx, "SELECT uuid FROM "+table+" WHERE name = $1 ORDER BY uuid LIMIT 1", []any{p.Collection.Name})
		if err != nil {
			return err
		}
		if len(res) == 1 && len(res[0].Rows) == 1 {
			p.collectionID = node.Get(res[0].Rows[0], "uuid", "")
			return nil
		}
		// The id follows from the name, so that two runs at once make one row.
		if _, err := p.Conn.Query(ctx, "INSERT INTO "+table+" (uuid, name, cmetadata) VALUES ($1, $2, NULL) ON CONFLICT (uuid) DO NOTHING",
			[]any{ID("collection\x00"+p.Collection.Name, 0), p.Collection.Name}); err != nil {
			return err
		}
	}
	return refusal("The collection %q could not be made in the table %q.", p.Collection.Name, p.Collection.Table)
}

func (p *PGVector) run(ctx context.Context, text string) error {
	_, err := p.Conn.Query(ctx, text, nil)
	return err
}

// Insert implements Store: one statement for each batch, which is applied whole
// or not at all.
func (p *PGVector) Insert(ctx context.Context, points []Point) error {
	if err := p.ensure(ctx); err != nil {
		return err
	}
	c := p.Columns
	columns := []string{c.ID, c.Content, c.Metadata, c.Vector}
	if p.Collection != nil {
		columns = append(columns, "collection_id")
	}
	var set []string
	names := make([]string, len(columns))
	for i, name := range columns {
		names[i] = Quoted(name)
		if i > 0 {
			set = append(set, names[i]+" = EXCLUDED."+names[i])
		}
	}
	return inBatches(points, func(part []Point) error {
		var rows []string
		var args []any
		for _, x := range part {
			row := []any{x.ID, x.Content, string(value.JSON(x.Metadata)), vectorText(x.Vector)}
			if p.Collection != nil {
				row = append(row, p.collectionID)
			}
			marks := make([]string, len(row))
			for i := range row {
				marks[i] = "$" + strconv.Itoa(len(args)+i+1)
			}
			rows, args = append(rows, "("+strings.Join(marks, ", ")+")"), append(args, row...)
		}
		_, err := p.Conn.Query(ctx, "INSERT INTO "+Quoted(p.Table)+" ("+strings.Join(names, ", ")+") VALUES "+strings.Join(rows, ", ")+
			" ON CONFLICT ("+Quoted(c.ID)+") DO UPDATE SET "+strings.Join(set, ", "), args)
		return err
	})
}

// vectorText is a vector as pgvector reads it: [1,2.5].
func vectorText(v []float32) string {
	b := []byte{'['}
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return string(append(b, ']'))
}

// Search implements Store. A filter is names and values of the metadata, compared
// as text. Score is the distance.
func (p *PGVector) Search(ctx context.Context, q Query) ([]Match, error) {
	if err := p.ensure(ctx); err != nil {
		return nil, err
	}
	c := p.Columns
	args := []any{vectorText(q.Vector), strconv.Itoa(q.Limit)}
	var conditions []string
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	for name, v := range q.Filter.All() {
		add("("+Quoted(c.Metadata)+"->>?::text) = ?::text", name, node.Text(v))
	}
	if p.Collection != nil {
		add("collection_id = ?::uuid", p.collectionID)
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	res, err := p.Conn.Query(ctx, "SELECT "+Quoted(c.Content)+" AS content, "+Quoted(c.Metadata)+" AS metadata, "+
		Quoted(c.Vector)+" "+p.Operator+" $1::vector AS distance FROM "+Quoted(p.Table)+where+" ORDER BY distance ASC LIMIT $2::bigint", args)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, row := range res[0].Rows {
		metadata, _ := row.Get("metadata")
		distance, _ := row.Get("distance")
		out = append(out, Match{Document{node.Get(row, "content", ""), objectOf(metadata)}, node.ToNumber(distance)})
	}
	return out, nil
}
