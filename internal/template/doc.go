// Package template holds the built-in workflow templates: what they are, how
// their files are read and checked, and how one becomes a tenant's workflow.
//
// A template is one JSON file in data/, named after its id. Adding one is adding
// a file and running `make templates`, which
// brings its vectors into the committed search index. internal/e2e/templates runs
// the cases of all.
//
//	{
//	  "id": "payment-confirmation-crm-email",     slug, the file's name
//	  "name": "Payment Confirmation → CRM Update → Email Notification",
//	  "description": "one to four sentences: what it does",
//	  "category": "payments",                      one of Categories
//	  "tags": ["stripe", "receipt"],               2 to 12, lower case
//	  "useCases": ["Thank a buyer …", …],          2 to 8 sentences: what one would want it for
//	  "apps": ["stripe", "hubspot", "gmail"],      the services that it reaches, as slugs
//	  "workflow": { n8n's JSON: nodes, connections, settings },
//	  "test": { "cases": [ … ] }
//	}
//
// The workflow carries no ids, no pinned data and no secrets. A node that needs a
// credential has a placeholder: {"stripeApi": {"id": "", "name": "Stripe account"}}.
//
// # Tests
//
// Each case runs the workflow from its start node to its end with every call that
// leaves the platform answered by the case; a call that nothing answers, and an
// answer that nothing asks for, fail it:
//
//	{
//	  "name": "a paid invoice",
//	  "now": "2026-01-15T09:00:00Z",               what the clock says, if it matters
//	  "start": {"node": "Stripe Trigger", "items": [{…json…}]},
//	  "mocks": {
//	    "Update contact": {"http": [{"method": "PATCH", "url": "https://api.hubapi.com/crm/*",
//	                                 "body": {…must be in it…}, "status": 200, "json": {…}}]},
//	    "Write the mail": {"chat": [{"content": "Thank you …"}]},
//	    "Insert row":     {"items": [{…json…}]}
//	  },
//	  "expect": {
//	    "status": "completed",
//	    "last": "Send receipt",
//	    "nodes": {"Send receipt": {"runs": 1, "items": 1, "json": [{…must be in it…}]}},
//	    "notRun": ["Report failure"]
//	  }
//	}
//
// A mock answers one node: "http" is a list of exchanges, of which each call takes
// the first that fits (one with "repeat" stays for further calls); "chat" is what a model says; "items" replaces the
// node's run, for what is neither (databases, mail servers).
package template
