// Package corpus runs real n8n workflows and compares every node with what n8n
// itself gave. testdata has 1,014 workflows and, for 673 of them, the items of
// each node of a run in n8n 1.123 with its apps, HTTP calls, AI and triggers
// pinned. The workflows are published under the MIT licence (LICENSE-MIT.txt);
// the runs were recorded for this comparison.
//
// Nothing of the cloud takes part: a walk.Walker gives the steps and
// node.Execute runs them.
package corpus
