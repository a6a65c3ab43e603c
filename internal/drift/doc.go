// Package drift holds the parts of the project together that no compiler does:
// the template against the functions, their configuration and the state machine,
// and the direction of imports.
package drift
