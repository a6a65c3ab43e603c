// Package eval measures search: sets of queries with the documents that answer
// them, the figures that say how well a search did (recall, reciprocal rank), and
// the choice of the ranking rule by cross-validation.
//
// A set is a JSON file:
//
//	{"name": "…", "source": "where it comes from", "sealed": true?,
//	 "documents": [{"id", "name", "description"?, "tags"?, "useCases"?, "apps"?}],
//	 "queries": [{"q": "…", "relevant": {"<document id>": 2, …}, "note"?}]}
//
// Without documents the queries are for the built-in templates. A relevant
// document has grade 2 if it is what the query asks for and 1 if it would serve;
// recall and rank count both.
//
// A sealed set is for measuring alone: no rule is chosen by it and its misses are
// not shown, so it tells what search does with queries that nobody has seen.
package eval

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/automatelanka/automatelanka/internal/search"
)

// Set is an evaluation set.
type Set struct {
	Name      string     `json:"name"`
	Source    string     `json:"source"`
	Sealed    bool       `json:"sealed,omitempty"`
	Documents []Document `json:"documents,omitempty"`
	Queries   []Query    `json:"queries"`
}

// Document is one document of a set that brings its own.
type Document struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	UseCases    []string `json:"useCases,omitempty"`
	Apps        []string `json:"apps,omitempty"`
}

// Query is one query with its relevance judgements.
type Query struct {
	Text     string         `json:"q"`
	Relevant map[string]int `json:"relevant"`
	Note     string         `json:"note,omitempty"`
}

// Load reads a set. known tells which ids the built-in templates have; it is
// asked only for sets without documents.
func Load(path string, known func(id string) bool) (*Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s Set
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(s.Documents) > 0 {
		ids := map[string]bool{}
		for _, d := range s.Documents {
			if ids[d.ID] {
				return nil, fmt.Errorf("%s: document %q is there twice", path, d.ID)
			}
			ids[d.ID] = true
		}
		known = func(id string) bool { return ids[id] }
	}
	for i, q := range s.Queries {
		if q.Text == "" || len(q.Relevant) == 0 {
			return nil, fmt.Errorf("%s: query %d has no text or nothing relevant", path, i+1)
		}
		for id, grade := range q.Relevant {
			if !known(id) {
				return nil, fmt.Errorf("%s: query %q wants %q, which does not exist", path, q.Text, id)
			}
			if grade < 1 || grade > 2 {
				return nil, fmt.Errorf("%s: query %q gives %q the grade %d: it is 1 or 2", path, q.Text, id, grade)
			}
		}
	}
	return &s, nil
}

// Changes are the set's documents as changes of an index.
func (s *Set) Changes() []search.Change {
	out := make([]search.Change, len(s.Documents))
	for i, d := range s.Documents {
		out[i].Document = search.Document{
			ID: d.ID, Kind: search.Template, Version: 1, Name: d.Name, Description: d.Description,
			Tags: d.Tags, UseCases: d.UseCases, Apps: d.Apps,
		}
	}
	return out
}
