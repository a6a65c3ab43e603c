package template

import "slices"

// Category is a field that people automate things in.
type Category struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// Categories are all that a template can be in, in the order of display.
func Categories() []Category { return slices.Clone(categories) }

var categories = []Category{
	{"payments", "Payments"},
	{"crm", "CRM"},
	{"leads", "Leads"},
	{"support", "Support"},
	{"email", "Email"},
	{"calendar", "Calendar"},
	{"messaging", "Messaging"},
	{"social", "Social media"},
	{"ecommerce", "E-commerce"},
	{"marketing", "Marketing"},
	{"hr", "HR"},
	{"finance", "Finance"},
	{"reports", "Reports"},
	{"devops", "DevOps"},
	{"monitoring", "Monitoring"},
	{"security", "Security"},
	{"files", "Files"},
	{"ai-agents", "AI agents"},
	{"rag", "Knowledge and RAG"},
	{"content", "Content"},
	{"data-sync", "Data sync"},
	{"projects", "Projects and tasks"},
	{"forms", "Forms and surveys"},
	{"education", "Education"},
	{"health", "Health"},
	{"real-estate", "Real estate"},
	{"travel", "Travel"},
	{"personal", "Personal"},
}

func isCategory(slug string) bool {
	return slices.ContainsFunc(categories, func(c Category) bool { return c.Slug == slug })
}
