package data

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// customers are the five of n8n's lessons, which workflows made in them expect.
func customers() []*value.Object {
	one := func(id, name, email, notes string, country any, created string) *value.Object {
		return value.Obj("id", id, "name", name, "email", email, "notes", notes, "country", country, "created", created)
	}
	return []*value.Object{
		one("23423532", "Jay Gatsby", "gatsby@west-egg.com", "Keeps asking about a green light??", "US", "1925-04-10"),
		one("23423533", "José Arcadio Buendía", "jab@macondo.co", "Lots of people named after him. Very confusing", "CO", "1967-05-05"),
		one("23423534", "Max Sendak", "info@in-and-out-of-weeks.org", "Keeps rolling his terrible eyes", "US", "1963-04-09"),
		one("23423535", "Zaphod Beeblebrox", "captain@heartofgold.com", "Felt like I was talking to more than one person", nil, "1979-10-12"),
		one("23423536", "Edmund Pevensie", "edmund@narnia.gov", "Passionate sailor", "UK", "1950-10-16"),
	}
}

func trainingCustomers() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.n8nTrainingCustomerDatastore", Versions: []float64{1}, Name: "Customer Datastore (n8n training)",
			Description: "Gives the five customers of n8n's lessons.",
			Group:       "input", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "getOnePerson", Description: "getOnePerson or getAllPeople."},
				{Name: "returnAll", Type: "boolean", Default: false, Show: map[string][]any{"operation": {"getAllPeople"}}},
				{Name: "limit", Type: "number", Default: 5.0, Description: "The most that are given.", Show: map[string][]any{"operation": {"getAllPeople"}}},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
				list := customers()
				switch op := r.String("operation", "getOnePerson"); {
				case op == "getOnePerson":
					list = list[:1]
				case op != "getAllPeople":
					return nil, node.Errorf("The operation %q is not known; there are getOnePerson and getAllPeople.", op)
				case !r.Bool("returnAll", false):
					list = list[:min(max(r.Int("limit", 5), 0), len(list))]
				}
				out := make([]workflow.Item, len(list))
				for i, o := range list {
					out[i] = derived(r.Item(), o)
				}
				return out, r.Err()
			}))
		},
	}
}
